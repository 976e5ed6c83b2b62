-- Coroutines: a chain of filters that pass numbers on, and tasks that take turns.
local size = tonumber(arg and arg[1]) or 4000

local function numbers()
  local i = 1
  while true do i = i + 1; coroutine.yield(i) end
end

local function without(divisor, source)
  return coroutine.wrap(function()
    while true do
      local n = source()
      if n % divisor ~= 0 then coroutine.yield(n) end
    end
  end)
end

local prime = 0
for _ = 1, size / 100 do
  local source = coroutine.wrap(numbers)
  for _ = 1, 100 do
    prime = source()
    source = without(prime, source)
  end
end

local log, tasks = 0, {}
for id = 1, 50 do
  tasks[id] = coroutine.create(function()
    for step = 1, size do log = (log * 3 + id * step) % 1000003; coroutine.yield() end
  end)
end
while #tasks > 0 do
  for i = #tasks, 1, -1 do
    coroutine.resume(tasks[i])
    if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
  end
end
print(prime, log)
