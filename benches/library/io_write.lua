-- io.write of strings and numbers to a file.
local n = tonumber((...)) or 520000

local sum = 0
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, n do
  file:write("line ", i, "\n")
  sum = sum + 1
end
file:close()
os.remove(name)
print(sum)
