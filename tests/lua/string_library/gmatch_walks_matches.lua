-- `gmatch` gives each match, or its captures.
local out = {}
for w in ("one two  three"):gmatch("%a+") do out[#out + 1] = w end
for k, v in ("a=1, b=2"):gmatch("(%w+)=(%w+)") do out[#out + 1] = k .. v end
print(table.concat(out, " "))  --> one two three a1 b2
