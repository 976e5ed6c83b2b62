-- `lines` gives the lines without their ends, the last one too.
local name = os.tmpname()
local f = io.open(name, "w")
f:write("a\n\nb\nlast without end")
f:close()
local out = {}
for line in io.lines(name) do out[#out + 1] = "[" .. line .. "]" end
print(table.concat(out))  --> [a][][b][last without end]
f = io.open(name)
print(f:lines()(), f:lines()() == "", f:read())  --> a	true	b
f:close()
os.remove(name)
