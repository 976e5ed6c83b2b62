-- Arrays: sums over a table of partitions, and rows of a grid that spread.
local size = tonumber(arg and arg[1]) or 700

local ways = { [0] = 1 }
for i = 1, size * 10 do ways[i] = 0 end
for coin = 1, size do
  for i = coin, size * 10 do
    ways[i] = (ways[i] + ways[i - coin]) % 1000007
  end
end

local grid = {}
for y = 1, size do
  grid[y] = {}
  for x = 1, size do grid[y][x] = (x * 31 + y * 17) % 256 end
end
for _ = 1, 10 do
  for y = 2, size - 1 do
    local above, row, below = grid[y - 1], grid[y], grid[y + 1]
    for x = 2, size - 1 do
      row[x] = (above[x] + below[x] + row[x - 1] + row[x + 1]) / 4
    end
  end
end
print(ways[size * 10], string.format("%.6f", grid[math.floor(size / 2)][math.floor(size / 2)]))
