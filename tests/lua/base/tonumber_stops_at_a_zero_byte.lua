-- A zero byte ends the digits that `tonumber` reads.
print(tonumber("1\0"), tonumber("1\0002"), tonumber("\0"))  --> 1	1	nil
