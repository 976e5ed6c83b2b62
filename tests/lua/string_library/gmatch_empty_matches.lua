-- Empty matches advance one byte at a time.
local n = 0
for _ in ("abc"):gmatch("") do n = n + 1 end
local at = {}
for p in ("a,b,,c"):gmatch("(),") do at[#at + 1] = p end
print(n, table.concat(at, " "))  --> 4	2 4 5
