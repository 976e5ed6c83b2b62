-- A sealed table can be read by everybody and changed by inner rings only, whichever way it is tried.
local t = ring.seal({ 1, 2, 3, x = 1 }, 2)
ring.globals(3).t = t
local tries = {
  "t.x = 2", "t.y = 2", "t[1] = 2", "t[4] = 2", "t[0.5] = 1", "local k = 'x' t[k] = 2", "t.x = nil",
  "rawset(t, 'x', 2)", "table.insert(t, 4)", "table.insert(t, 1, 4)", "table.remove(t)", "table.sort(t)",
  "table.move({9}, 1, 1, 1, t)", "setmetatable(t, {})", "ring.seal(t, 3)",
}
for _, try in ipairs(tries) do
  print((select(2, ring.run(3, try)):gsub("^plugin:1: ", "")))
end
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
print(ring.run(3, "local n = 0 for k, v in pairs(t) do n = n + v end return n, #t, t.x"))  --> true	7	3	1
print(ring.run(3, "local u = setmetatable({}, {__newindex = t}) u.z = 1"))  --> false	plugin:1: attempt to change a table of ring 2 in ring 3
t.x, t[4] = 5, 4
table.insert(t, 5)
print(t.x, #t)  --> 5	5
-- The libraries are sealed from the beginning, and the program itself may still change them.
for _, try in ipairs { "string.upper = 1", "getmetatable('').__index = {}", "math.huge = 1", "table.sort = nil", "coroutine.wrap = 1", "ring.run = 1" } do
  print((select(2, ring.run(3, try)):gsub("^plugin:1: ", "")))
end
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
--> attempt to change a table of ring 2 in ring 3
string.shout = function(s) return s:upper() .. "!" end
print(ring.run(3, "return ('x'):shout()"))  --> true	X!
-- Its own tables and globals a plugin may change.
print(ring.run(3, "a = 1 local u = {} u.b = 2 u[1] = 3 table.insert(u, 4) return a + u.b + u[1] + u[2]"))  --> true	10
