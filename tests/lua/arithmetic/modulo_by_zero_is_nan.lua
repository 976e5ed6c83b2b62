-- Modulo by zero raises no error: the result is not a number.
local zero = 0
local r = 1 % zero
print(r ~= r, type(r))  --> true	number
