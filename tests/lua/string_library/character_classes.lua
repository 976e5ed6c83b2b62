-- Letters after `%` name classes, capitals their complements.
local s, out = "aB3 _-\t", {}
for c in ("%a %d %l %u %s %w %p %c %x %A %D %S %W ."):gmatch("%S+") do
  local _, n = s:gsub(c, "")
  out[#out + 1] = c .. "=" .. n
end
print(table.concat(out, " "))  --> %a=2 %d=1 %l=1 %u=1 %s=2 %w=3 %p=2 %c=1 %x=3 %A=5 %D=6 %S=5 %W=4 .=7
