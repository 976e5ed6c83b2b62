-- Start, limit and step are evaluated once, before the loop.
local log = {}
local function f(name, v) log[#log + 1] = name return v end
for i = f("start", 1), f("limit", 3), f("step", 1) do log[#log + 1] = i end
print(table.concat(log, " "))  --> start limit step 1 2 3
