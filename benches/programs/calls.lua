-- Calls of small functions, most of them recursive: the Ackermann function and the steps of a puzzle.
local size = tonumber(arg and arg[1]) or 10

local function ackermann(m, n)
  if m == 0 then return n + 1 end
  if n == 0 then return ackermann(m - 1, 1) end
  return ackermann(m - 1, ackermann(m, n - 1))
end

local moves = 0
local function hanoi(disks, from, to, over)
  if disks == 0 then return end
  hanoi(disks - 1, from, over, to)
  moves = moves + 1
  hanoi(disks - 1, over, to, from)
end

hanoi(size + 11, 1, 3, 2)
print(ackermann(2, size * 60), ackermann(3, size - 2), moves)
