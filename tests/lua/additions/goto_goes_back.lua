-- A jump back makes a loop, whose local variables are new each time.
local i = 1
::again::
local double = i * 2
local unset
print(i, double, unset)  --> 1	2	nil
unset = "set"  --> 2	4	nil
i = i + 1  --> 3	6	nil
if i <= 3 then goto again end
