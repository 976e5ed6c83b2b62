-- string.format of %q.
local n = tonumber((...)) or 1000000

local sum = 0
local format = string.format
local line = 'a "quoted" line\nwith a break and a \\'
for i = 1, n do
  sum = sum + #format("%q", line)
end
print(sum)
