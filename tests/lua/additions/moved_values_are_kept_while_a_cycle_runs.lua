-- What table.move puts into another table is kept, whatever the collector is doing.
places = {{}, {}}
for i = 1, 4 do places[1][i], places[2][i] = false, false end
local function wait(n) for i = 1, n do local junk = {} end end
for round = 1, 150 do
  local new = {{round}, {round + 1}, {round + 2}, {round + 3}}
  wait(60 + round * 7 % 97)
  local to = places[round % 2 + 1]
  table.move(new, 1, 4, 1, to)
  new = nil
  wait(90)
  for i = 1, 4 do
    assert(to[i][1] == round + i - 1)
    to[i] = false
  end
end
print(#places[1], #places[2])  --> 4	4
