-- A loaded chunk sees globals, not the locals around it.
local hidden = 1
visible = 2
print(loadstring("return hidden, visible")())  --> nil	2
