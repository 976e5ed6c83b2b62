-- A vector type with arithmetic, equality, call and text.
local V = {}
V.__index = V
local function vec(x, y) return setmetatable({ x = x, y = y }, V) end
V.__add = function(a, b) return vec(a.x + b.x, a.y + b.y) end
V.__sub = function(a, b) return vec(a.x - b.x, a.y - b.y) end
V.__mul = function(a, b)
  if type(a) == "number" then return vec(a * b.x, a * b.y) end
  if type(b) == "number" then return vec(a.x * b, a.y * b) end
  return a.x * b.x + a.y * b.y
end
V.__unm = function(a) return vec(-a.x, -a.y) end
V.__eq = function(a, b) return a.x == b.x and a.y == b.y end
V.__tostring = function(a) return "(" .. a.x .. ", " .. a.y .. ")" end
V.__concat = function(a, b) return tostring(a) .. tostring(b) end
V.__call = function(a, axis) return a[axis] end
local a, b = vec(1, 2), vec(3, 5)
print(tostring(a + b), tostring(b - a), a * b, tostring(2 * a), tostring(a * 3), tostring(-a))  --> (4, 7)	(2, 3)	13	(2, 4)	(3, 6)	(-1, -2)
print(a == vec(1, 2), a ~= b, a .. " and " .. b, b("y"))  --> true	true	(1, 2) and (3, 5)	5
