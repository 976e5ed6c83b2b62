-- rawget and rawset.
local n = tonumber((...)) or 1900000

local sum = 0
local rawget, rawset = rawget, rawset
local t = {}
for i = 1, n do
  rawset(t, "key", i)
  sum = sum + rawget(t, "key")
end
print(sum)
