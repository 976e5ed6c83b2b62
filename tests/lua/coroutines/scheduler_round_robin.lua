-- A small scheduler lets tasks take turns until all are dead.
local log, tasks = {}, {}
for n, name in ipairs { "a", "b", "c" } do
  tasks[n] = coroutine.create(function()
    for i = 1, n do
      log[#log + 1] = name .. i
      coroutine.yield()
    end
  end)
end
while #tasks > 0 do
  for i = #tasks, 1, -1 do
    coroutine.resume(tasks[i])
    if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
  end
end
print(table.concat(log, " "))  --> c1 b1 a1 c2 b2 c3
