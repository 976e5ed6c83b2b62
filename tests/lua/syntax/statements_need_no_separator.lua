-- Statements may follow each other on one line.
local a = 1 local b = 2 do local c = a + b a = c end if a == 3 then b = a end print(a, b)  --> 3	3
