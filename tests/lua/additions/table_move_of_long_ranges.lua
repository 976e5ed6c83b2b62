-- Long ranges move in either direction, inside and outside of the array.
local t = {}
for i = 1, 3000 do
  t[i] = i
end
table.move(t, 1, 3000, 1001)
print(t[1], t[1000], t[1001], t[2000], t[4000], t[4001])  --> 1	1000	1	1000	3000	nil
table.move(t, 1001, 4000, 1)
print(t[1], t[1000], t[3000], t[4000])  --> 1	1000	3000	3000
local far = table.move(t, 1, 500, 2 ^ 31)
print(far[2 ^ 31], far[2 ^ 31 + 499], far[2 ^ 31 + 500])  --> 1	500	nil
local sparse = {}
for i = -300, 300 do
  sparse[i] = i
end
table.move(sparse, -300, 300, -299)
print(sparse[-300], sparse[-299], sparse[0], sparse[301])  --> -300	-300	-1	300
