-- An assignment to an undeclared name makes a global, also from inside a function.
local function f() answer = 42 end
print(answer)  --> nil
f()
print(answer, _G.answer)  --> 42	42
