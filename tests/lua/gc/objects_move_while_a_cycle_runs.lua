-- Objects that move from one place to another are kept, whatever the places are and whatever the collector is doing.
local N = 40
local rawget, setfenv = rawget, setfenv
local made = 0
local function new()
  made = made + 1
  return {id = made, name = "object " .. made}
end
local function check(o)
  if type(o) ~= "table" or o.name ~= "object " .. o.id then error("lost an object", 2) end
  return o
end
-- Leaves nothing of what was done in the registers of the caller.
local function wipe(a, b, c, d, e, f, g, h) a, b, c, d, e, f, g, h = nil end
local function forget() wipe(nil, nil, nil, nil, nil, nil, nil, nil) end

local fields, array, map, environment = {}, {}, {}, {}
local boxes, tasks, shells, queue = {}, {}, {}, {}
-- Marking finds them from here before it comes to the variables of this chunk.
places = {fields, array, map, environment, boxes, tasks, shells, queue}
for i = 1, N do
  fields[i] = {one = new()}
  array[i] = new()
  map["key " .. i] = new()
  do
    local kept = new()
    boxes[i] = {
      get = function() return kept end,
      set = function(v) kept = v end,
    }
  end
  local co = coroutine.wrap(function(mine)
    while true do
      local other = coroutine.yield(mine)
      mine = other
    end
  end)
  co(new())
  tasks[i] = co
  shells[i] = setmetatable({}, new())
  queue[i] = new()
end
-- Each exchanges the object of place i for another one and hands the old one out.
local function through_field(i, v)
  local t = fields[i]
  local old = t.one
  t.one = v
  return old
end
local function through_new_field(i, v)
  local t = fields[i]
  local old = t.one
  fields[i] = {}
  fields[i].one = v
  return old
end
local function through_first(i, v)
  local old = array[1]
  array[1] = v
  return old
end
local function through_index(i, v)
  local old = array[i]
  array[i] = v
  return old
end
local function through_name(i, v)
  local k = "key " .. i
  local old = map[k]
  map[k] = nil
  map[k] = v
  return old
end
local function through_upvalue(i, v)
  local old = boxes[i].get()
  boxes[i].set(v)
  return old
end
local function through_new_closure(i, v)
  local old = boxes[i].get()
  boxes[i] = {get = function() return v end, set = function(w) v = w end}
  return old
end
local function through_coroutine(i, v) return tasks[i](v) end
local function through_metatable(i, v)
  local old = getmetatable(shells[i])
  setmetatable(shells[i], v)
  return old
end
local function through_global(i, v)
  local old = rawget(environment, "thing") or new()
  setfenv(1, environment)
  thing = v
  return old
end
local function through_queue(i, v)
  table.insert(queue, i, v)
  return table.remove(queue, N - i + 1)
end
local function through_library(i, v)
  rawset(queue, #queue + 1, v)
  return table.remove(queue, 1)
end
-- The variables of a coroutine that is dropped belong to the closure alone.
local function through_dropped_coroutine(i, v)
  local old = boxes[i].get()
  coroutine.wrap(function()
    local kept = v
    boxes[i] = {get = function() return kept end, set = function(w) kept = w end}
    coroutine.yield()
  end)()
  v = nil
  return old
end
local ways = {
  through_field, through_new_field, through_first, through_index, through_name, through_upvalue,
  through_new_closure, through_coroutine, through_metatable, through_global, through_queue, through_library,
  through_dropped_coroutine,
}

local seed = 1
local function random(n)
  seed = seed * 16807 % 2147483647
  return seed % n + 1
end
local hand = new()
local function move()
  local way = ways[random(#ways)]
  hand = check(way(random(N), hand))
end
for round = 1, 5000 do
  move()
  forget()
  local junk = {round, "junk " .. round}
end

-- All that were made are still there, each once.
local seen, count = {}, 0
local function see(o)
  check(o)
  if not seen[o.id] then
    seen[o.id] = true
    count = count + 1
  end
end
see(hand)
for i = 1, N do
  see(fields[i].one)
  see(array[i])
  see(map["key " .. i])
  see(boxes[i].get())
  see(tasks[i](new()))
  see(getmetatable(shells[i]))
  see(queue[i])
end
if rawget(environment, "thing") then see(environment.thing) end
print(count == made - N, #queue)  --> true	40
