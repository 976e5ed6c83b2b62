-- Removed keys keep their place until a rehash, and new ones take it: the order shows it.
local t = { a = 1, b = 2, c = 3, d = 4, e = 5 }
local function show()
  for key, value in pairs(t) do
    io.write(key, "=", value, " ")
  end
  print()
end
show()
t.b, t.d = nil, nil
show()
t.x, t.b = 6, 7
show()
for i = 1, 6 do
  t["k" .. i] = i
end
show()
--> a=1 c=3 b=2 e=5 d=4 
--> a=1 c=3 e=5 
--> a=1 x=6 c=3 b=7 e=5 
--> a=1 c=3 b=7 e=5 k3=3 k2=2 x=6 k6=6 k1=1 k4=4 k5=5 
