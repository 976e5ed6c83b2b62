-- Strings, numbers and booleans are values, never removed from weak tables.
local t = setmetatable({}, { __mode = "kv" })
t[1], t["k" .. "ey"], t[2], t[true] = "str" .. "ing", 5, true, "x" .. "y"
collectgarbage()
print(t[1], t.key, t[2], t[true])  --> string	5	true	xy
