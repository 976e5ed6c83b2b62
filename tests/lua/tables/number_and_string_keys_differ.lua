-- The keys 1 and "1" are two keys.
local t = {}
t[1], t["1"] = "number", "string"
print(t[1], t["1"], #t)  --> number	string	1
