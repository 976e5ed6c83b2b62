-- `ipairs` ends before the first missing index.
local n = 0
for i, v in ipairs { 1, 2, nil, 4 } do n = i end
print(n)  --> 2
for i in ipairs { nil, 2 } do n = "never" end
print(n)  --> 2
