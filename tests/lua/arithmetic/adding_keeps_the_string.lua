-- Coercion makes a new number and leaves the string variable alone.
local s = "10"
local n = s + 0
print(type(s), type(n), s == n, n)  --> string	number	false	10
