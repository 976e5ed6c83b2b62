-- Numbers go to Roman numerals and back.
local steps = {
  { 1000, "M" }, { 900, "CM" }, { 500, "D" }, { 400, "CD" }, { 100, "C" }, { 90, "XC" },
  { 50, "L" }, { 40, "XL" }, { 10, "X" }, { 9, "IX" }, { 5, "V" }, { 4, "IV" }, { 1, "I" },
}
local function roman(n)
  local out = {}
  for _, s in ipairs(steps) do
    while n >= s[1] do
      out[#out + 1] = s[2]
      n = n - s[1]
    end
  end
  return table.concat(out)
end

local values = { I = 1, V = 5, X = 10, L = 50, C = 100, D = 500, M = 1000 }
local function arabic(s)
  local sum, last = 0, 0
  for c in s:reverse():gmatch(".") do
    local v = values[c]
    if v < last then sum = sum - v else sum, last = sum + v, v end
  end
  return sum
end

for n = 1, 2000, 7 do assert(arabic(roman(n)) == n) end
print(roman(1994), roman(2024), arabic("MCMXCIX"))  --> MCMXCIV	MMXXIV	1999
