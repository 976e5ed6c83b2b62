-- string.find of a class in a short subject.
local n = tonumber((...)) or 410000

local sum = 0
local find = string.find
for i = 1, n do
  sum = sum + find("no digit before 42", "%d+")
end
print(sum)
