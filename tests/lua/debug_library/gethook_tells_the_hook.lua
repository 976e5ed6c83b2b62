-- `gethook` gives the hook, its mask and its count.
local function h() end
debug.sethook(h, "crl", 7)
local f, mask, count = debug.gethook()
debug.sethook()
print(f == h, mask, count)  --> true	crl	7
print(debug.gethook())  --> nil		0
