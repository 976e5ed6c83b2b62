-- A while loop tests before each turn.
local n, sum = 1, 0
while n <= 10 do sum = sum + n n = n + 1 end
while false do sum = "never" end
print(n, sum)  --> 11	55
