-- Long strings go into formats whole, quoted or not, and so do long formats.
local function sum(s)
  local n = 0
  for i = 1, #s, 97 do n = (n * 31 + s:byte(i)) % 1000003 end
  return #s, n
end
local s = ("a\0b\n\"\\\r"):rep(20000)
print(sum(string.format("%s", s)))  --> 140000	970636
print(sum(string.format("%q", s)))  --> 280002	332021
print(sum(string.format("<%s|%d%%|%q>", s, 5, s)))  --> 420008	591002
print(sum(string.format("%5.3s%s%-20s", s, s, "short")))  --> 140025	651776
print(sum(string.format(("x%%y"):rep(9000) .. "%d", 7)))  --> 27001	987478
print(pcall(string.format, ("x"):rep(20000) .. "%d"))  --> false	bad argument #2 to '?' (no value)
print(pcall(string.format, ("x"):rep(20000) .. "%y", 1))  --> false	invalid option '%y' to 'format'
print(pcall(string.format, "%s%d", s, "no"))  --> false	bad argument #3 to '?' (number expected, got string)
