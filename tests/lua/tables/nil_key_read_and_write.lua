-- Reading with a nil key gives nil, writing with it is an error.
local t = {}
print(t[nil])  --> nil
print(pcall(function() t[nil] = 1 end))  --> false	nil_key_read_and_write.lua:4: table index is nil
print(pcall(rawset, t, nil, 1))  --> false	table index is nil
