-- The line is that of the offending token.
local sources = {
  "\n\nx = = 1",  --> s:3: unexpected symbol near '='
  "x = 1\ny = 2\nz =",  --> s:3: unexpected symbol near '<eof>'
  "--[[\n\n]] x x",  --> s:3: '=' expected near 'x'
  "x = [[\n\n]] y",  --> s:3: '=' expected near '<eof>'
  "x = 'a\\\nb' y",  --> s:2: '=' expected near '<eof>'
  "a = 1\r\nb = = 2",  --> s:2: unexpected symbol near '='
  "a\n\n",  --> s:3: '=' expected near '<eof>'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
