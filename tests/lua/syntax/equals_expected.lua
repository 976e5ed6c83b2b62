-- A statement that is no call must be an assignment.
local sources = {
  "x",  --> s:1: '=' expected near '<eof>'
  "x y = 1",  --> s:1: '=' expected near 'y'
  "x.y",  --> s:1: '=' expected near '<eof>'
  "x, y",  --> s:1: '=' expected near '<eof>'
  "a.b:c = 1",  --> s:1: function arguments expected near '='
  "x 5",  --> s:1: '=' expected near '5'
  "f() = 1",  --> s:1: unexpected symbol near '='
  "(f()) = 1",  --> s:1: syntax error near '='
  "x + 1",  --> s:1: '=' expected near '+'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
