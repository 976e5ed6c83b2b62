-- Backtracking finds all ways to place eight queens.
local N = 8
local solutions, first = 0, nil
local columns = {}

local function safe(row, column)
  for r = 1, row - 1 do
    local c = columns[r]
    if c == column or math.abs(c - column) == row - r then return false end
  end
  return true
end

local function place(row)
  if row > N then
    solutions = solutions + 1
    first = first or table.concat(columns, " ")
    return
  end
  for column = 1, N do
    if safe(row, column) then
      columns[row] = column
      place(row + 1)
      columns[row] = nil
    end
  end
end

place(1)
print(solutions)  --> 92
print(first)  --> 1 5 8 6 3 7 2 4
