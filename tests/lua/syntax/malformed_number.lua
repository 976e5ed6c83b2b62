-- Letters glued to digits make a malformed number.
local sources = {
  "x = 3x",  --> s:1: malformed number near '3x'
  "x = 1e",  --> s:1: malformed number near '1e'
  "x = 0xg",  --> s:1: malformed number near '0xg'
  "x = 1..2",  --> s:1: malformed number near '1..2'
  "x = 1.2.3",  --> s:1: malformed number near '1.2.3'
  "x = 0x",  --> s:1: malformed number near '0x'
  "x = 12e+",  --> s:1: malformed number near '12e+'
  "x = 3_000",  --> s:1: malformed number near '3_000'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
