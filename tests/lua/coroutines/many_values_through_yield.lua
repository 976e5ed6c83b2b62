-- A hundred values travel through yield and resume.
local co = coroutine.create(function(...) while true do coroutine.yield(...) end end)
local t = {}
for i = 1, 100 do t[i] = i end
local r = { coroutine.resume(co, unpack(t)) }
print(#r, r[1], r[2], r[101])  --> 101	true	1	100
