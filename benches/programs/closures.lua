-- Functions that make functions: pipelines over lists, and counters that share a variable.
local size = tonumber(arg and arg[1]) or 15000

local function map(f) return function(list)
  local out = {}
  for i = 1, #list do out[i] = f(list[i]) end
  return out
end end

local function keep(test) return function(list)
  local out = {}
  for i = 1, #list do if test(list[i]) then out[#out + 1] = list[i] end end
  return out
end end

local function compose(...)
  local steps = { ... }
  return function(value)
    for i = 1, #steps do value = steps[i](value) end
    return value
  end
end

local function counter()
  local n = 0
  return function() n = n + 1 return n end, function() return n end
end

local numbers = {}
for i = 1, 100 do numbers[i] = i end
local up, read = counter()
local total = 0
for round = 1, size do
  local run = compose(
    map(function(x) return x * round % 97 end),
    keep(function(x) up() return x % 2 == 1 end),
    map(function(x) return x + 1 end))
  local list = run(numbers)
  total = (total + #list * (list[#list] or 0)) % 1000003
end
print(total, read())
