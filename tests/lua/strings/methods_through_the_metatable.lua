-- Strings carry a metatable whose `__index` is the string table.
print(("abc"):upper(), ("x"):rep(3), #("%d"):format(42), ("abc").len == string.len)  --> ABC	xxx	2	true
print(getmetatable("").__index == string, ("abc").nothing)  --> true	nil
