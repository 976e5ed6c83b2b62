-- Equal strings are one key, however they were built.
local t = {}
t["a" .. "b"] = 1
t[("xaby"):sub(2, 3)] = 2
print(t.ab, next(t), rawequal("a" .. "b", "ab"))  --> 2	ab	true
