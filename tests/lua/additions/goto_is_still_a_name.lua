-- `goto` is a word only before a name at the start of a statement, where 5.1 has an error.
goto = 1
print(goto, goto + goto)  --> 1	2
goto = function(x) if type(x) ~= "table" then print(x) end end
goto(2)  --> 2
goto"three"  --> three
goto{nil}; goto = {goto = 4}
print(goto.goto)  --> 4
function goto.goto(goto) return goto end
print(goto.goto(5))  --> 5
function goto:method() return self == goto end
print(goto:method())  --> true
do local goto x = 6 print(goto, x) end  --> nil	6
local a = goto b = 7
print(a == goto, b)  --> true	7
for goto in pairs{8} do print(goto) end  --> 1
repeat local y until goto print(#{goto; goto})  --> 2
print(loadstring("goto goto ::goto::", "=s"))  --> nil	s:1: '=' expected near 'goto'
print(loadstring("t = {a; goto x}", "=s"))  --> nil	s:1: '}' expected near 'x'
print(loadstring("return goto x", "=s"))  --> nil	s:1: '<eof>' expected near 'x'
