-- `seek` moves from the start, the current place or the end and tells the position.
local name = os.tmpname()
local f = io.open(name, "w+")
f:write("0123456789")
print(f:seek(), f:seek("set", 3), f:read(2))  --> 10	3	34
print(f:seek("cur", -1), f:read(1), f:seek("end"), f:read(1))  --> 4	4	10	nil
print(f:seek("end", -2), f:read("*a"), f:seek("set"), f:read(1))  --> 8	89	0	0
f:close()
os.remove(name)
