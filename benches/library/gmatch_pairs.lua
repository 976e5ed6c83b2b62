-- string.gmatch with two captures.
local n = tonumber((...)) or 160000

local sum = 0
local gmatch = string.gmatch
for i = 1, n do
  for k, v in gmatch("a=1, bc=22, def=333, ghij=4444", "(%w+)=(%w+)") do sum = sum + #k + #v end
end
print(sum)
