-- Assigning the loop variable does not change the count.
local turns = 0
for i = 1, 3 do turns = turns + 1 i = i * 100 end
print(turns)  --> 3
