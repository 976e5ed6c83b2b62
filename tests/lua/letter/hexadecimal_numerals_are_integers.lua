-- In 5.1 a hexadecimal numeral has no fraction and no exponent with a sign.
print(0x1p4, 0xA..1)  --> 16	101
local sources = {
  "x = 0x1.8",  --> s:1: unexpected symbol near '.8'
  "x = 0x.8",  --> s:1: malformed number near '0x'
  "x = 0xA.",  --> s:1: unexpected symbol near '.'
  "x = 0x1.8p3",  --> s:1: malformed number near '.8p3'
  "x = 0x1p-2",  --> s:1: malformed number near '0x1p'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
