-- An object that only a variable has held is kept by what it is stored in, whatever the collector is doing.
local N = 60
local rawset = rawset
-- In tests, the heap is looked through whenever a program asks its host.
local look = os.clock
local map, known, environment, ballast = {}, {}, {object = false}, {}
for i = 1, 600 do ballast[i] = {} end
-- The collector comes early to what the registry holds, and goes through it from its end; so it has much to do
-- after it has been in these tables.
package.loaded.places = {ballast, environment, known, map}
-- The collector comes last to what only this variable holds.
local held = {}
for i = 1, N do
  held[i] = {i}
  -- A third of them will be keys of this table again.
  if i % 3 == 0 then known[held[i]] = true end
end
for i = 3, N, 3 do known[held[i]] = nil end
local function wait(n) for i = 1, n do local junk = {} end end
local function as_a_known_key(o)
  rawset(known, o, true)
  look()
  rawset(known, o, nil)
end
local function in_a_global(o)
  object = o
  look()
  object = false
end
setfenv(in_a_global, environment)
local function as_a_key(o)
  map[o] = true
  look()
  map[o] = nil
end
local ways = {as_a_known_key, in_a_global, as_a_key}
for round = 1, 400 do
  local i = round % N
  ways[i % 3 + 1](held[i == 0 and N or i])
  wait(60)
end
local count = 0
for i = 1, N do count = count + held[i][1] end
print(count, environment.object, next(map), next(known))  --> 1830	false	nil	nil
