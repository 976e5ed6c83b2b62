-- Repeated concatenation in a loop keeps every byte.
local s = ""
for i = 1, 300 do s = s .. string.char(i % 256) end
print(#s, s:byte(1), s:byte(255), s:byte(256), s:byte(300))  --> 300	1	255	0	44
