-- A repeat loop runs its body before the first test.
local n = 0
repeat n = n + 1 until true
print(n)  --> 1
