-- In 5.1 `goto` is an ordinary name.
local goto = 5
print(goto, loadstring("goto done", "=s"))  --> 5	nil	s:1: '=' expected near 'done'
