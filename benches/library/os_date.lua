-- os.date of a time in UTC.
local n = tonumber((...)) or 1400000

local sum = 0
local date = os.date
for i = 1, n do
  sum = sum + #date("!%Y-%m-%d", i)
end
print(sum)
