-- A table may contain itself.
local t = {}
t.self = t
t[t] = "key"
print(t.self.self.self == t, t[t.self])  --> true	key
