-- While there is a hook, the registers of a new activation are nil, whatever was there before.
local function dirty()
  local a, b, c, d, e, f, g, h = 1, 2, 3, 4, 5, 6, 7, 8
  return a + h
end
local function fresh()
  local x = "x" .. 1
  return x .. x .. x .. x
end
local seen = {}
local function hook()
  for i = 1, 10 do
    local name, value = debug.getlocal(2, i)
    if name == "(*temporary)" and type(value) == "number" then
      seen[#seen + 1] = tostring(value)
    end
  end
  debug.sethook()
end
local function run()
  dirty()
  debug.sethook(hook, "c")
  local result = fresh()
  return result
end
print(run())  --> x1x1x1x1
print(#seen)  --> 0
