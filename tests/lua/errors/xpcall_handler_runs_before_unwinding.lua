-- The handler still sees the stack of the failing function.
local function fail() local secret = 42 error("x") end
local _, name, value = xpcall(fail, function()
  local name, value = debug.getlocal(3, 1)
  return name .. "=" .. value
end)
print(name)  --> secret=42
