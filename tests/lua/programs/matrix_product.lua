-- Multiplying matrices with nested loops.
local function multiply(a, b)
  local c = {}
  for i = 1, #a do
    c[i] = {}
    for j = 1, #b[1] do
      local sum = 0
      for k = 1, #b do sum = sum + a[i][k] * b[k][j] end
      c[i][j] = sum
    end
  end
  return c
end

local m = multiply({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, { { 7, 8, 9 }, { 10, 11, 12 } })
for i, row in ipairs(m) do m[i] = table.concat(row, " ") end
print(table.concat(m, "; "))  --> 27 30 33; 61 68 75; 95 106 117
