-- getmetatable.
local n = tonumber((...)) or 3100000

local sum = 0
local getmetatable = getmetatable
local meta = {}
local o = setmetatable({}, meta)
for i = 1, n do
  if getmetatable(o) == meta then sum = sum + 1 end
end
print(sum)
