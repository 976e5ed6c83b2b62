-- Functions of any number of arguments: select, unpack, and lists that are handed on.
local size = tonumber(arg and arg[1]) or 400000

local unpack = unpack or table.unpack

local function sum(...)
  local total = 0
  for i = 1, select("#", ...) do total = total + (select(i, ...)) end
  return total
end

local function last(...)
  local list = { ... }
  return list[#list]
end

local function rotate(first, ...)
  return last(...), first, ...
end

local list, result = { 1, 2, 3, 4, 5, 6, 7, 8 }, 0
for i = 1, size do
  list[i % 8 + 1] = i % 100
  result = (result + sum(unpack(list)) + sum(rotate(unpack(list, 1, 5)))) % 1000003
end
print(result, math.max(unpack(list)))
