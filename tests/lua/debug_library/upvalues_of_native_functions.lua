-- A native function shows no named upvalues.
print(debug.getupvalue(print, 1))  -->
