-- A glider on a torus comes back to its shape, shifted, after four generations.
local W, H = 6, 6

local function new(cells)
  local grid = {}
  for y = 1, H do
    grid[y] = {}
    for x = 1, W do grid[y][x] = 0 end
  end
  for _, c in ipairs(cells) do grid[c[2]][c[1]] = 1 end
  return grid
end

local function step(grid)
  local next_grid = new {}
  for y = 1, H do
    for x = 1, W do
      local n = 0
      for dy = -1, 1 do
        for dx = -1, 1 do
          if dx ~= 0 or dy ~= 0 then n = n + grid[(y + dy - 1) % H + 1][(x + dx - 1) % W + 1] end
        end
      end
      if n == 3 or n == 2 and grid[y][x] == 1 then next_grid[y][x] = 1 end
    end
  end
  return next_grid
end

local function show(grid)
  local rows = {}
  for y = 1, H do rows[y] = table.concat(grid[y]):gsub("0", "."):gsub("1", "#") end
  return table.concat(rows, "|")
end

local grid = new { { 2, 1 }, { 3, 2 }, { 1, 3 }, { 2, 3 }, { 3, 3 } }
print(show(grid))  --> .#....|..#...|###...|......|......|......
for _ = 1, 4 do grid = step(grid) end
print(show(grid))  --> ......|..#...|...#..|.###..|......|......
for _ = 1, 20 do grid = step(grid) end
print(show(grid))  --> .#....|..#...|###...|......|......|......
