-- setmetatable of a new table.
local n = tonumber((...)) or 1500000

local sum = 0
local setmetatable = setmetatable
local meta = { __index = {} }
for i = 1, n do
  local o = setmetatable({}, meta)
  if o then sum = sum + 1 end
end
print(sum)
