-- An iterator may give more values than there are variables, or fewer.
local function it(s, c) if not c then return "k", 1, 2, 3 end end
for a, b in it do print(a, b) end  --> k	1
for a, b, c, d, e in it do print(a, b, c, d, e) end  --> k	1	2	3	nil
