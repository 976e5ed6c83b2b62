-- Insert at the end and remove at the front make a queue.
local q, out = {}, {}
for i = 1, 20 do table.insert(q, i) if i % 3 == 0 then out[#out + 1] = table.remove(q, 1) end end
print(#q, table.concat(out, " "), q[1])  --> 14	1 2 3 4 5 6	7
