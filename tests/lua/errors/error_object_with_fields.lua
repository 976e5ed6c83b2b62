-- An error table carries structured data to its catcher.
local function checked(n) if n < 0 then error { code = "range", value = n } end return n end
local ok, e = pcall(checked, -1)
print(ok, e.code, e.value)  --> false	range	-1
