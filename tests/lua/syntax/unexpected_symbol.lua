-- A token that cannot begin an expression is an unexpected symbol.
local sources = {
  "x = = 1",  --> s:1: unexpected symbol near '='
  "x = )",  --> s:1: unexpected symbol near ')'
  "x = 1 + ",  --> s:1: unexpected symbol near '<eof>'
  "return return",  --> s:1: unexpected symbol near 'return'
  "= 1",  --> s:1: unexpected symbol near '='
  "x = {1, 2, *}",  --> s:1: unexpected symbol near '*'
  "f(,)",  --> s:1: unexpected symbol near ','
  "local x = end",  --> s:1: unexpected symbol near 'end'
  "@",  --> s:1: unexpected symbol near '@'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
