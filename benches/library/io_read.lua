-- Reading numbers from a file.
local n = tonumber((...)) or 8000

local sum = 0
local open = io.open
local name = os.tmpname()
local file = assert(open(name, "w"))
for i = 1, 100 do file:write(i, " ") end
file:close()
for i = 1, n do
  local file = open(name)
  for k = 1, 100 do sum = sum + file:read("*n") end
  file:close()
end
os.remove(name)
print(sum)
