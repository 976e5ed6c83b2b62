-- utf8.char writes code points in one to four bytes.
local function show(s)
  return (s:gsub(".", function(c) return string.format("%02x ", c:byte()) end))
end
print(show(utf8.char()), show(utf8.char(0)), show(utf8.char(65, 0x7f)))  --> 	00 	41 7f 
print(show(utf8.char(0x80)), show(utf8.char(0x7ff)), show(utf8.char(0x800)))  --> c2 80 	df bf 	e0 a0 80 
print(show(utf8.char(0xd800)), show(utf8.char(0xffff)))  --> ed a0 80 	ef bf bf 
print(show(utf8.char(0x10000, 0x10ffff, 8364)))  --> f0 90 80 80 f4 8f bf bf e2 82 ac 
print(utf8.char(72, "228", 8364) == "H\195\164\226\130\172")  --> true
