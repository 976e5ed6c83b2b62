-- A string that does not end on its line is unfinished.
local sources = {
  'x = "abc',  --> s:1: unfinished string near '<eof>'
  "x = 'abc\n'",  --> s:1: unfinished string near ''abc'
  'x = "',  --> s:1: unfinished string near '<eof>'
  'x = "abc\\',  --> s:1: unfinished string near '<eof>'
  "x = 'a\"",  --> s:1: unfinished string near '<eof>'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
