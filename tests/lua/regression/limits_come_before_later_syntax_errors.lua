-- What is too much for a function is told before a syntax error that comes later.
local names = {}
for i = 1, 61 do names[i] = "a" .. i end
local list = table.concat(names, ",")
local inner = "function foo()\n local " .. list .. "\n x = {function()\n return " .. list .. " end"
print(loadstring(inner, "=a"))
print(loadstring(inner .. "} x x", "=b"))
print(loadstring("function foo()\n local " .. list .. "\n if x then function y()\n z = " .. table.concat(names, "+"), "=c"))
print(loadstring("function foo()\n local " .. list .. "\n if x then function y()\n z = " .. table.concat(names, "+") .. " w = 1 + *", "=d"))
print(loadstring("if x then y = 1 else z = * end", "=e"))
--> nil	a:4: function at line 3 has more than 60 upvalues
--> nil	b:4: function at line 3 has more than 60 upvalues
--> nil	c:4: function at line 3 has more than 60 upvalues
--> nil	d:4: function at line 3 has more than 60 upvalues
--> nil	e:1: unexpected symbol near '*'
