-- Objects with methods and inheritance: balls that bounce in a box, drawn from two classes.
local size = tonumber(arg and arg[1]) or 300

local Ball = {}
Ball.__index = Ball

function Ball.new(class, x, y, dx, dy)
  return setmetatable({ x = x, y = y, dx = dx, dy = dy, hits = 0 }, class)
end

function Ball:move()
  self.x = self.x + self.dx
  self.y = self.y + self.dy
  self:bounce(100)
end

function Ball:bounce(wall)
  if self.x < 0 or self.x > wall then self.dx = -self.dx; self.hits = self.hits + 1 end
  if self.y < 0 or self.y > wall then self.dy = -self.dy; self.hits = self.hits + 1 end
end

local Heavy = setmetatable({}, { __index = Ball })
Heavy.__index = Heavy

function Heavy:move()
  self.dy = self.dy - 0.125
  Ball.move(self)
end

local balls = {}
for i = 1, 400 do
  local class = i % 2 == 0 and Ball or Heavy
  balls[i] = class:new(i % 100, i * 7 % 100, i % 5 - 2, i % 3 - 1)
end
for _ = 1, size * 10 do
  for i = 1, #balls do balls[i]:move() end
end
local hits, x = 0, 0
for _, ball in ipairs(balls) do hits, x = hits + ball.hits, x + ball.x end
print(hits, x)
