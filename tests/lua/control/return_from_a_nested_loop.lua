-- `return` leaves every loop of the function.
local function find(t, want)
  for i, row in ipairs(t) do
    for j, v in ipairs(row) do
      while true do if v == want then return i, j end break end
    end
  end
  return nil
end
print(find({ { 1, 2 }, { 3, 4 } }, 4))  --> 2	2
print(find({ { 1 } }, 9))  --> nil
