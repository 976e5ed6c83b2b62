-- Classes with inheritance, super calls and operators.
local function class(parent)
  local c = {}
  c.__index = c
  c.super = parent
  return setmetatable(c, {
    __index = parent,
    __call = function(cls, ...)
      local o = setmetatable({}, cls)
      o:init(...)
      return o
    end,
  })
end

local Shape = class()
function Shape:init(name) self.name = name end
function Shape:area() return 0 end
function Shape:describe() return self.name .. " of area " .. self:area() end

local Rectangle = class(Shape)
function Rectangle:init(w, h)
  Rectangle.super.init(self, "rectangle")
  self.w, self.h = w, h
end
function Rectangle:area() return self.w * self.h end
Rectangle.__eq = function(a, b) return a:area() == b:area() end
Rectangle.__lt = function(a, b) return a:area() < b:area() end
Rectangle.__tostring = Shape.describe

local Square = class(Rectangle)
function Square:init(side)
  Square.super.init(self, side, side)
  self.name = "square"
end
Square.__eq, Square.__lt = Rectangle.__eq, Rectangle.__lt

local r, s = Rectangle(2, 8), Square(4)
print(r)  --> rectangle of area 16
print(s:describe())  --> square of area 16
print(r == s, r < Rectangle(3, 8), Square(1) < s, Shape("blob"):describe())  --> true	true	true	blob of area 0
