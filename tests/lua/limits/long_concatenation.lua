-- One concatenation of a hundred and fifty operands.
local digits = {}
for i = 1, 150 do digits[i] = "'" .. i % 10 .. "'" end
local s = loadstring("return " .. table.concat(digits, ".."))()
print(#s, s:sub(1, 12), s:sub(-3))  --> 150	123456789012	890
