-- A factorial with digits in base ten thousand.
local function times(digits, n)
  local carry = 0
  for i = 1, #digits do
    local v = digits[i] * n + carry
    digits[i] = v % 10000
    carry = math.floor(v / 10000)
  end
  while carry > 0 do
    digits[#digits + 1] = carry % 10000
    carry = math.floor(carry / 10000)
  end
end
local d = { 1 }
for n = 2, 30 do times(d, n) end
local out = { tostring(d[#d]) }
for i = #d - 1, 1, -1 do out[#out + 1] = ("%04d"):format(d[i]) end
print(table.concat(out))  --> 265252859812191058636308480000000
