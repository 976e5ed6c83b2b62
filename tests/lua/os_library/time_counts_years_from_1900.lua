-- As in C, `os.time` takes 32 bits of a year, and 1900 from it in 32 bits.
local function begin(year) return os.time { year = year, month = 1, day = 1, hour = 0 } end
print(begin(2 ^ 31) == begin(2 ^ 31 - 1) + 365 * 86400, begin(-2 ^ 31) == begin(2 ^ 31))  --> true	true
print(begin(2 ^ 32 + 1970), begin(-2 ^ 31 + 1899), begin(-2 ^ 31 + 1900))  --> 0	6.7768036160141e+16	-6.7768040609741e+16
