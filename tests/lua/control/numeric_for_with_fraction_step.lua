-- A fractional step adds up like ordinary numbers.
local out = {}
for x = 1, 2, 0.25 do out[#out + 1] = x end
for x = 1, 0, -0.5 do out[#out + 1] = x end
print(table.concat(out, " "))  --> 1 1.25 1.5 1.75 2 1 0.5 0
