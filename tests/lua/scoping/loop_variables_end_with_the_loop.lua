-- Loop variables do not exist after the loop.
local i = "outer"
for i = 1, 3 do local _ = i end
for i in ipairs { 1 } do local _ = i end
print(i)  --> outer
