-- A loop towards infinity runs until it is left.
local last
for i = 1, math.huge do last = i if i == 1000 then break end end
print(last)  --> 1000
