-- Files are renamed and removed, and a missing one is nil with a message.
local a, b = os.tmpname(), os.tmpname()
io.open(a, "w"):close()
print(os.rename(a, b), io.open(a), os.remove(b))  --> true	nil	true
local ok, message, code = os.remove("no/such/file")
print(ok, message, code)  --> nil	no/such/file: No such file or directory	2
local ok, message, code = os.rename("no/such/file", "x")
print(ok, message, code)  --> nil	no/such/file: No such file or directory	2
