-- Level 2 reads the caller's locals, and a missing index gives nothing.
local function peek(n) return debug.getlocal(2, n) end
local function f(x) local y = x * 2 local n, v = peek(2) local none = peek(50) return n, v, none end
print(f(21))  --> y	42	nil
print(pcall(debug.getlocal, 100, 1))  --> false	bad argument #1 to '?' (level out of range)
