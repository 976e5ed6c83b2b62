-- Two dots behind a hexadecimal numeral are a concatenation, as in 5.1, and what is malformed stays so.
print(0xA..1, 0x1p4..'b')  --> 101	16b
local sources = {
  "x = 0x.p1",  --> s:1: malformed number near '0x'
  "x = 0x.",  --> s:1: malformed number near '0x'
  "x = 0x1p",  --> s:1: malformed number near '0x1p'
  "x = 0x1p+",  --> s:1: malformed number near '0x1p'
  "x = 0x1.8x",  --> s:1: malformed number near '.8x'
  "x = 0x1.8..'a'",  --> s:1: malformed number near '.8..'
  "x = 0x1.8 1",  --> s:1: unexpected symbol near '1'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
