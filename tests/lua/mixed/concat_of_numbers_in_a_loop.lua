-- Concatenation inside a loop does not disturb the loop's registers.
local out = ""
for i = 3, 1, -1 do out = out .. i .. ":" .. i * 2 .. (i > 1 and "," or ".") end
print(out)  --> 3:6,2:4,1:2.
