-- A proxy guards a table against writes.
local function read_only(t)
  local function refuse(_, k) error("table is read-only: " .. k, 2) end
  return setmetatable({}, { __index = t, __newindex = refuse })
end
local days = read_only { "Sunday", "Monday" }
print(days[1], days[3])  --> Sunday	nil
print(pcall(function() days[2] = "Noday" end))  --> false	read_only_tables.lua:8: table is read-only: 2
print(days[2], next(days))  --> Monday	nil
