-- `ipairs` sees items appended during the loop.
local t = { 1, 2, 3 }
local n = 0
for i, v in ipairs(t) do n = n + 1 if i <= 3 then t[#t + 1] = v * 10 end end
print(n, #t, t[6])  --> 6	6	30
