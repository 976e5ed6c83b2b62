-- Inserting and removing where the array does not reach moves what 5.1 moves.
local function show(t, from, to)
  local shown = {}
  for i = from, to do shown[#shown + 1] = tostring(t[i]) end
  print(table.concat(shown, " "), #t)
end
local t = { "a", "b", "c" }
table.insert(t, 0, "zero")
show(t, 0, 5)  --> zero nil a b c nil	4
t = { "a", "b", "c" }
table.insert(t, -2, "below")
show(t, -3, 5)  --> nil below nil nil nil a b c nil	4
t = { "a", "b", "c" }
table.insert(t, 2, "x")
table.insert(t, 5, "y")
show(t, 1, 6)  --> a x b c y nil	5
local sparse = {}
for i = 6, 1, -1 do sparse[i] = i end
table.insert(sparse, 3, "x")
show(sparse, 1, 8)  --> 1 2 x 3 4 5 6 nil	7
print(table.remove(sparse, 2), table.remove(sparse), table.remove(sparse, 1))  --> 2	6	1
show(sparse, 1, 6)  --> x 3 4 5 nil nil	4
print(pcall(table.insert, t, 1))  --> true
print(pcall(table.insert, t, 1, 2, 3))  --> false	wrong number of arguments to 'insert'
print(pcall(table.insert, t))  --> false	wrong number of arguments to 'insert'
