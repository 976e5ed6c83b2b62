-- tostring of a string, a boolean and nil.
local n = tonumber((...)) or 790000

local sum = 0
local tostring = tostring
for i = 1, n do
  sum = sum + #tostring("text") + #tostring(true) + #tostring(nil)
end
print(sum)
