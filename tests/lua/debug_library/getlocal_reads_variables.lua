-- `getlocal` gives names and values of active locals in order.
local function f(a, b)
  local c = a + b
  do local hidden = 1 end
  local d = "d"
  local out = {}
  for i = 1, 5 do
    local name, value = debug.getlocal(1, i)
    out[#out + 1] = name .. "=" .. tostring(type(value) == "table" and "table" or value)
  end
  return table.concat(out, " ")
end
print(f(1, 2))  --> a=1 b=2 c=3 d=d out=table
