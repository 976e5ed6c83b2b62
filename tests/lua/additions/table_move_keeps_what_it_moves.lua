-- What `table.move` moves from one table to another is kept whatever the collector is doing.
from, to = {}, {}
for i = 1, 200 do from[i] = {i} to[i] = false end
for round = 1, 400 do
  table.move(from, 1, 200, 1, to)
  for i = 1, 200 do from[i] = false end
  local junk = {round}
  from, to = to, from
  from[round % 200 + 1] = {round % 200 + 1}
end
local sum = 0
for i = 1, 200 do sum = sum + from[i][1] end
print(sum)  --> 20100
