-- Every value of a small range turns up.
local seen = {}
for _ = 1, 500 do seen[math.random(4)] = true end
print(seen[1], seen[2], seen[3], seen[4], seen[0], seen[5])  --> true	true	true	true	nil	nil
