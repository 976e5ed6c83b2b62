-- table.move copies a range, within a table or to another one, also onto itself.
local function show(t)
  local parts = {}
  for i = -2, 12 do
    parts[#parts + 1] = tostring(t[i] == nil and "." or t[i])
  end
  return table.concat(parts, " ")
end
print(show(table.move({ 10, 20, 30 }, 1, 3, 2)))  --> . . . 10 10 20 30 . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 2, 3, 1)))  --> . . . 20 30 30 . . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 1, 3, 1)))  --> . . . 10 20 30 . . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 1, 3, -2)))  --> 10 20 30 10 20 30 . . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 1, 3, 9)))  --> . . . 10 20 30 . . . . . 10 20 30 .
print(show(table.move({ 10, 20, 30 }, 1, 0, 5)))  --> . . . 10 20 30 . . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 2, 5, 1)))  --> . . . 20 30 . . . . . . . . . .
print(show(table.move({ 10, 20, 30 }, 1, 3, 3, { 1, 2, 3, 4, 5, 6 })))  --> . . . 1 2 10 20 30 6 . . . . . .
local t = {}
print(table.move({ 1, 2 }, 1, 2, 1, t) == t, table.move(t, 1, 2, 3) == t, #t)  --> true	true	4
