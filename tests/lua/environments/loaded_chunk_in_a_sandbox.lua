-- A chunk given an empty environment sees no library.
local f = loadstring("return print, x")
print(setfenv(f, { x = 1 })())  --> nil	1
