-- A semicolon may follow a statement, and newlines mean nothing.
local a = 1; local b = 2 local c
= 3; do local a = a + b; c = c + a; end
print(a, b, c);  --> 1	2	6
