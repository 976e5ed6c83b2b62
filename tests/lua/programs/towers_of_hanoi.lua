-- Moving seven disks takes 127 moves and ends in order.
local pegs, moves = { {}, {}, {} }, 0
for disk = 7, 1, -1 do table.insert(pegs[1], disk) end
local function move(n, from, to, via)
  if n == 0 then return end
  move(n - 1, from, via, to)
  local disk = table.remove(pegs[from])
  assert(#pegs[to] == 0 or pegs[to][#pegs[to]] > disk)
  table.insert(pegs[to], disk)
  moves = moves + 1
  return move(n - 1, via, to, from)
end
move(7, 1, 3, 2)
print(moves, #pegs[1], #pegs[2], table.concat(pegs[3], " "))  --> 127	0	0	7 6 5 4 3 2 1
