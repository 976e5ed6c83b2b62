-- An unclosed bracket names its partner's line, when that is another line.
local sources = {
  "x = (1",  --> s:1: ')' expected near '<eof>'
  "x = {1, 2",  --> s:1: '}' expected near '<eof>'
  "x = {\n1,\n2",  --> s:3: '}' expected (to close '{' at line 1) near '<eof>'
  "f(1",  --> s:1: ')' expected near '<eof>'
  "f(\n1",  --> s:2: ')' expected (to close '(' at line 1) near '<eof>'
  "x[1 = 2",  --> s:1: ']' expected near '='
  "x = (1 + 2]",  --> s:1: ')' expected near ']'
  "x = {1 2}",  --> s:1: '}' expected near '2'
  "function f(a, end",  --> s:1: <name> or '...' expected near 'end'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
