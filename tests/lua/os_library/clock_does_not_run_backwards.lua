-- `os.clock` gives a number that never decreases.
local a = os.clock()
for _ = 1, 1000 do end
print(type(a), os.clock() >= a)  --> number	true
