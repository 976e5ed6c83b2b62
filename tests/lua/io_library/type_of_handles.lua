-- `io.type` knows open and closed files.
local name = os.tmpname()
local f = io.open(name)
print(io.type(f), io.type(io.stdout), io.type(42), io.type({}))  --> file	file	nil	nil
f:close()
print(io.type(f), tostring(f))  --> closed file	file (closed)
os.remove(name)
