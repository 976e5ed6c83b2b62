-- Who runs out of fuel while a large table grows is stopped there; the table is what it was before.
local t = {}
for i = 1, 2048 do t[i] = i end
for _, how in ipairs { "t[i] = i", "rawset(t, i, i)", "table.insert(t, i)" } do
  local grow = ring.load(3, "local t, i = ... " .. how .. " return #t")
  print(ring.run(3, grow, { fuel = 400 }, t, 2049))
  --> false	fuel exhausted (ring 3)
  --> false	fuel exhausted (ring 3)
  --> false	fuel exhausted (ring 3)
end
local sum = 0
for k, v in pairs(t) do sum = sum + (k == v and 1 or 10000) end
print(#t, sum)  --> 2048	2048
local grow = ring.load(3, "local t, i = ... t[i] = i return #t")
print(ring.run(3, grow, { fuel = 1e5 }, t, 2049))  --> true	2049
-- What was begun for one of them does not end up in another one, or in the same one after it has changed.
local u, v = {}, {}
for i = 1, 2048 do u[i] = -i end
print(ring.run(3, grow, { fuel = 400 }, u, 2049))  --> false	fuel exhausted (ring 3)
for i = 1, 1024 do v["k" .. i] = i end
v.more = 8
print(v.k1, v.k1024, v.more)  --> 1	1024	8
print(ring.run(3, grow, { fuel = 400 }, u, 2049))  --> false	fuel exhausted (ring 3)
u[1], u[2048] = 7, nil
for i = 2048, 2100 do u[i] = i end
print(u[1], u[2], u[2047], u[2048], #u)  --> 7	-2	-2047	2048	2100
