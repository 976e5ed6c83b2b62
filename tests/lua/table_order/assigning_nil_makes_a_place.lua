-- Assigning nil to a key that is not there makes a place for it, which can cause a rehash.
local t = { 1, 2, 3, nil, 5 }
print(#t)
t.x = nil
t.y = nil
t[6] = 6
print(#t)
local u = { n = 1 }
for i = 1, 5 do
  u["k" .. i] = nil
  u[i] = i
end
for key in pairs(u) do
  io.write(key, " ")
end
print(#u)
--> 5
--> 3
--> 1 2 3 4 5 n 5
