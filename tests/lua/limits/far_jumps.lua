-- A loop over a long body jumps back correctly.
local body = ("x = x + 1 "):rep(3000)
local f = loadstring("local x = 0 for i = 1, 3 do " .. body .. " end if x > 0 then " .. body .. " else x = -1 end return x")
print(f())  --> 12000
