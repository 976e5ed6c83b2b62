-- A replacement table is read with its `__index`.
local t = setmetatable({}, { __index = function(_, k) return k:upper() end })
print(("abc d"):gsub("%w+", t))  --> ABC D	2
