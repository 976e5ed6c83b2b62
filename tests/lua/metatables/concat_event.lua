-- `__concat` is tried when an operand is neither string nor number.
local t = setmetatable({}, { __concat = function(a, b)
  return (type(a) == "table" and "T" or a) .. "&" .. (type(b) == "table" and "T" or b)
end })
print(t .. "x", "x" .. t, 1 .. t, t .. t)  --> T&x	x&T	1&T	T&T
print("a" .. "b" .. t .. "c" .. "d")  --> abT&cd
