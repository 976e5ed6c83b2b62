-- `getupvalue` and `setupvalue` reach the captured variables by number.
local a, b = 1, 2
local function f() return a, b end
print(debug.getupvalue(f, 1))  --> a	1
print(debug.getupvalue(f, 2))  --> b	2
print(debug.getupvalue(f, 3))  -->
print(debug.setupvalue(f, 1, "new"), debug.setupvalue(f, 9, 0))  --> a
print(f())  --> new	2
print(a)  --> new
