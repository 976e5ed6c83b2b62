-- utf8.charpattern matches one code point, a zero byte too.
local parts = {}
for c in ("a\0\195\164\226\130\172\240\159\153\130z"):gmatch(utf8.charpattern) do
  parts[#parts + 1] = #c
end
print(table.concat(parts, " "))  --> 1 1 2 3 4 1
print(#utf8.charpattern, utf8.charpattern == "[\0-\127\194-\244][\128-\191]*")  --> 14	true
