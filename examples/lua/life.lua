-- Life: Conway's cellular automaton on a torus, drawn as text.
-- Shows tables of tables, closures and string building.
--
--   lua5.1 life.lua             lua5.1 life.lua 50      (the number of generations)

local WIDTH, HEIGHT = 32, 12
local generations = tonumber((...)) or 8

local shapes = {
  glider = { ".#.", "..#", "###" },
  blinker = { "###" },
  spaceship = { ".#..#", "#....", "#...#", "####." },
}

local function empty_grid()
  local grid = {}
  for y = 1, HEIGHT do
    grid[y] = {}
    for x = 1, WIDTH do grid[y][x] = false end
  end
  return grid
end

local function stamp(grid, shape, left, top)
  for dy, row in ipairs(shape) do
    for dx = 1, #row do
      if row:sub(dx, dx) == "#" then grid[top + dy][left + dx] = true end
    end
  end
end

-- The edges of the grid meet: the row below the last one is the first.
local function wrap(i, size)
  return (i - 1) % size + 1
end

local function neighbours(grid, x, y)
  local count = 0
  for dy = -1, 1 do
    local row = grid[wrap(y + dy, HEIGHT)]
    for dx = -1, 1 do
      local itself = dx == 0 and dy == 0
      if not itself and row[wrap(x + dx, WIDTH)] then count = count + 1 end
    end
  end
  return count
end

local function evolve(grid)
  local young = empty_grid()
  for y = 1, HEIGHT do
    for x = 1, WIDTH do
      local n = neighbours(grid, x, y)
      young[y][x] = n == 3 or n == 2 and grid[y][x]
    end
  end
  return young
end

local function draw(grid, generation)
  local lines = { ("-- generation %d "):format(generation) .. ("-"):rep(WIDTH - 17) }
  for y = 1, HEIGHT do
    local cells = {}
    for x = 1, WIDTH do cells[x] = grid[y][x] and "#" or "." end
    lines[#lines + 1] = table.concat(cells)
  end
  print(table.concat(lines, "\n"))
end

local grid = empty_grid()
stamp(grid, shapes.glider, 2, 1)
stamp(grid, shapes.blinker, 12, 3)
stamp(grid, shapes.spaceship, 20, 5)

for generation = 0, generations do
  if generation % 4 == 0 then draw(grid, generation) end
  grid = evolve(grid)
end
