-- The token in a message is shown as it stands in the source.
local sources = {
  "x = 1 'str'",  --> s:1: unexpected symbol near ''str''
  "x = 1 [[long]]",  --> s:1: unexpected symbol near '[[long]]'
  "x = 1 0x10",  --> s:1: unexpected symbol near '0x10'
  "x = 1 ~= ",  --> s:1: unexpected symbol near '<eof>'
  "x 'a' = 1",  --> s:1: unexpected symbol near '='
  "x = }",  --> s:1: unexpected symbol near '}'
  "x = 'a' 'b'",  --> s:1: unexpected symbol near ''b''
  "x = \1",  --> s:1: unexpected symbol near 'char(1)'
  "x = #",  --> s:1: unexpected symbol near '<eof>'
  "x = ~1",  --> s:1: unexpected symbol near '~'
  "x = !1",  --> s:1: unexpected symbol near '!'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
