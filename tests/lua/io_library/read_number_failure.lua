-- Text that is no number gives nil, and the rest of the formats are not read.
local name = os.tmpname()
local f = io.open(name, "w")
f:write("xyz 5")
f:close()
f = io.open(name)
print(f:read("*n", "*l"))  --> nil
f:close()
os.remove(name)
