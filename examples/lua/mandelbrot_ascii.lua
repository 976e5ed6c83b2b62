-- Mandelbrot: the well-known set, in text. Shows plain arithmetic in tight loops.
--
--   lua5.1 mandelbrot_ascii.lua             lua5.1 mandelbrot_ascii.lua 120      (the width)

local width = tonumber((...)) or 72
local height = math.floor(width / 3)
local shades = " .:-=+*#%@"
local limit = 60

-- How many steps the point stays near, up to the limit.
local function steps(cx, cy)
  local x, y = 0, 0
  for n = 0, limit - 1 do
    local xx, yy = x * x, y * y
    if xx + yy > 4 then return n end
    x, y = xx - yy + cx, 2 * x * y + cy
  end
  return limit
end

local function shade(n)
  if n == limit then return "@" end
  local i = n % (#shades - 1) + 1
  return shades:sub(i, i)
end

for row = 0, height - 1 do
  local line = {}
  local cy = (row / (height - 1) - 0.5) * 2.4
  for column = 0, width - 1 do
    local cx = column / (width - 1) * 3.2 - 2.2
    line[#line + 1] = shade(steps(cx, cy))
  end
  print((table.concat(line):gsub("%s+$", "")))
end
