-- A single literal argument needs no parentheses.
local function id(x) return type(x), x end
print(id "text")  --> string	text
print((id { 1 }))  --> table
print(id [[long]])  --> string	long
print(("x"):rep(3), #{ n = 1 }, id "a" == "string")  --> xxx	0	true
