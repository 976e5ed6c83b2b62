-- A replacement of gsub may be long, with and without escapes.
local long = ("xy"):rep(40000)
local s, n = ("cdcd"):gsub("c", long)
print(#s, n, s == long .. "d" .. long .. "d")  --> 160002	2	true
s, n = ("cd"):gsub("(c)", long .. "%1" .. long .. "%%")
print(#s, n, s == long .. "c" .. long .. "%d")  --> 160003	1	true
print(pcall(string.gsub, "cd", "c", long .. "%9"))  --> false	invalid capture index
