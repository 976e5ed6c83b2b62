-- What every random program begins with: bounds, and texts that are the same everywhere.
local ticks = 0
local function tick() ticks = ticks + 1 if ticks > 2500 then error("budget", 0) end end
local function num(x) x = tonumber(x) if x == nil or x ~= x then return 1 end return x + 0 end
local function int(x) x = num(x) if x > 1e9 or x < -1e9 then return 3 end return x - x % 1 end
local function clip(s) return string.sub(tostring(s), 1, 40) end
local function show(v)
  if type(v) == "number" then return tostring(num(v)) end
  if type(v) == "string" or type(v) == "boolean" or v == nil then return tostring(v) end
  return type(v)
end
local function out(...)
  local t = {}
  for i = 1, select("#", ...) do t[i] = show((select(i, ...))) end
  print(table.concat(t, " "))
end
local M = {}
local function new(v) return setmetatable({ v = num(v) }, M) end
local function val(o) if type(o) == "table" then return rawget(o, "v") or 0 end return num(o) end
M.__add = function(a, b) tick() return new(val(a) + val(b)) end
M.__sub = function(a, b) return new(val(a) - val(b)) end
M.__mul = function(a, b) return new(val(a) * val(b)) end
M.__div = function(a, b) return val(a) end
M.__mod = function(a, b) return val(b) end
M.__pow = function(a, b) return new(2), 5 end
M.__unm = function(a) return new(-val(a)) end
M.__concat = function(a, b)
  local x = type(a) == "table" and "<" .. num(a.v) .. ">" or a
  local y = type(b) == "table" and "<" .. num(b.v) .. ">" or b
  return clip(x .. y)
end
M.__eq = function(a, b) return a.v == b.v end
M.__lt = function(a, b) return val(a) < val(b) end
M.__le = function(a, b) return not (val(b) < val(a)) end
M.__index = function(o, k) tick() if k == "twice" then return 2 * o.v end return #tostring(k) end
M.__newindex = function(o, k, x) rawset(o, "v", num(x)) end
M.__call = function(o, a, ...) tick() return o.v + num(a), select("#", ...) end
