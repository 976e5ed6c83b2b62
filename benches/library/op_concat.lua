-- The operator .. of three strings.
local n = tonumber((...)) or 3700000

local sum = 0
local name, other = "some_name", "some value"
for i = 1, n do
  sum = sum + #(name .. "=" .. other)
end
print(sum)
