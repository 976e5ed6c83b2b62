-- table.pack keeps the number of its arguments, nils included, as n.
local t = table.pack()
print(t.n, t[1])  --> 0	nil
t = table.pack(1, nil, "x", nil)
print(t.n, t[1], t[2], t[3], t[4])  --> 4	1	nil	x	nil
local function count(...)
  return table.pack(...).n
end
local list = {}
for i = 1, 5000 do
  list[i] = i
end
print(count(nil), count(table.unpack(list)), count(count()))  --> 1	5000	1
