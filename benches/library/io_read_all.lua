-- Reading a whole file.
local n = tonumber((...)) or 24000

local sum = 0
local open = io.open
local name = os.tmpname()
local file = assert(open(name, "w"))
for i = 1, 1000 do file:write("this is line ", i, "\n") end
file:close()
for i = 1, n do
  local file = open(name)
  sum = sum + #file:read("*a")
  file:close()
end
os.remove(name)
print(sum)
