-- A text of more than 16 KiB is a number for `tonumber` only.
local longest = (" "):rep(16383) .. 1
print(longest + 1, math.floor(longest), -longest)  --> 2	1	-1
local long = longest .. " "
print(pcall(function() return long + 1 end))  --> false	long_texts_are_no_numbers.lua:5: attempt to perform arithmetic on upvalue 'long' (a string value)
print(pcall(math.floor, long))  --> false	bad argument #1 to '?' (number expected, got string)
print(pcall(function() for i = long, 1 do end end))  --> false	long_texts_are_no_numbers.lua:7: 'for' initial value must be a number
print(tonumber(long), tonumber(long .. (" "):rep(1e5)))  --> 1	1
