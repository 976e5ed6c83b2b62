-- A function with more constants than a short operand can name still works.
local parts = {}
for i = 1, 600 do parts[i] = ("t[%q] = %d + 0.5"):format("key" .. i, i) end
local f = loadstring("local t = {} " .. table.concat(parts, " ") .. " return t.key1 + t.key600, 'last' .. t.key257")
print(f())  --> 602	last257.5
