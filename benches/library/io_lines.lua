-- io.lines over a file.
local n = tonumber((...)) or 1800

local sum = 0
local lines = io.lines
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, 1000 do file:write("this is line ", i, "\n") end
file:close()
for i = 1, n do
  for line in lines(name) do sum = sum + #line end
end
os.remove(name)
print(sum)
