-- Append mode writes at the end.
local name = os.tmpname()
for _, mode in ipairs { "w", "a", "a" } do
  local f = io.open(name, mode)
  f:write(mode)
  f:close()
end
print(io.open(name):read("*a"))  --> waa
os.remove(name)
