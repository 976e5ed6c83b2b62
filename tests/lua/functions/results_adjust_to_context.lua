-- A call gives one value inside a list and all of them at its end.
local function three() return 1, 2, 3 end
local a, b, c, d = three()
print(a, b, c, d)  --> 1	2	3	nil
local e, f, g = 0, three()
print(e, f, g)  --> 0	1	2
print(three(), three())  --> 1	1	2	3
print((three()))  --> 1
