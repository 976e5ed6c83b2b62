-- All byte values survive a write and a read.
local name = os.tmpname()
local all = {}
for i = 0, 255 do all[#all + 1] = string.char(i) end
local text = table.concat(all)
local f = io.open(name, "wb")
f:write(text)
f:close()
f = io.open(name, "rb")
print(f:read("*a") == text)  --> true
f:close()
os.remove(name)
