-- Queue: producers and consumers as coroutines, with a bounded queue between them.
-- Shows how yield turns waiting into ordinary loops, without callbacks.
--
--   lua5.1 queue_coroutines.lua

local yield = coroutine.yield

-- A queue of limited size. `put` and `take` wait, by yielding, until they can go on.
local Queue = {}
Queue.__index = Queue

function Queue.new(size)
  return setmetatable({ size = size, items = {}, closed = false }, Queue)
end

function Queue:put(item)
  while #self.items >= self.size do yield("full") end
  table.insert(self.items, item)
end

function Queue:take()
  while #self.items == 0 do
    if self.closed then return nil end
    yield("empty")
  end
  return table.remove(self.items, 1)
end

function Queue:close()
  self.closed = true
end

-- Runs all tasks in turn until each has ended, and counts how often each had to wait.
local function run(tasks)
  local waits, alive = {}, #tasks
  while alive > 0 do
    for _, task in ipairs(tasks) do
      if coroutine.status(task.thread) ~= "dead" then
        local ok, reason = coroutine.resume(task.thread)
        if not ok then error(task.name .. " failed: " .. reason, 0) end
        if coroutine.status(task.thread) == "dead" then
          alive = alive - 1
        else
          waits[task.name] = (waits[task.name] or 0) + 1
        end
      end
    end
  end
  return waits
end

local queue = Queue.new(3)
local eaten = {}

local function task(name, body)
  return { name = name, thread = coroutine.create(body) }
end

local function baker()
  for i = 1, 10 do
    queue:put("loaf " .. i)
    print("baked loaf " .. i)
  end
  queue:close()
end

local function guest(name, appetite)
  return function()
    for _ = 1, appetite do
      local loaf = queue:take()
      if not loaf then return end
      eaten[#eaten + 1] = loaf
      print("    " .. name .. " eats " .. loaf)
      yield("chewing")
    end
  end
end

local waits = run {
  task("baker", baker),
  task("Ann", guest("Ann", 4)),
  task("Bob", guest("Bob", 10)),
}

print(("%d loaves eaten, the baker waited %d times"):format(#eaten, waits.baker))
