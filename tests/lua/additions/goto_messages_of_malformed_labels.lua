-- What is no label gives the messages of 5.1, and a label in a wrong place its own.
local sources = {
  "a::b()",  --> s:1: '<name>' expected near ':'
  "::a",  --> s:1: unexpected symbol near ':'
  "::1::",  --> s:1: unexpected symbol near ':'
  ":: end ::",  --> s:1: unexpected symbol near ':'
  "::a: :",  --> s:1: unexpected symbol near ':'
  "return ::a::",  --> s:1: unexpected symbol near '::'
  "x = (1 ::a::",  --> s:1: ')' expected near '::'
  "while x do break ::a:: end",  --> s:1: 'end' expected near '::'
  "goto 1",  --> s:1: '=' expected near '1'
  "goto",  --> s:1: '=' expected near '<eof>'
  "goto a.b",  --> s:1: unexpected symbol near '.'
  "goto x end",  --> s:1: '<eof>' expected near 'end'
  "goto x  y = = 1 ::x::",  --> s:1: unexpected symbol near '='
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
