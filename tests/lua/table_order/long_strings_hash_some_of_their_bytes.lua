-- A string of 32 bytes or more is placed by some of its bytes, as in Lua 5.1.
local t = {}
for i = 1, 12 do
  t[("abc"):rep(i * 5) .. i] = i
end
for _, i in pairs(t) do
  io.write(i, " ")
end
print()
--> 7 8 4 9 2 1 12 6 11 5 10 3 
