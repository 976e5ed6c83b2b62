-- An unclosed block names the line it began on, when that is another line.
local sources = {
  "do",  --> s:1: 'end' expected near '<eof>'
  "\ndo\n\n",  --> s:4: 'end' expected (to close 'do' at line 2) near '<eof>'
  "if x then\n",  --> s:2: 'end' expected (to close 'if' at line 1) near '<eof>'
  "while x do\n\n",  --> s:3: 'end' expected (to close 'while' at line 1) near '<eof>'
  "for i = 1, 2 do\n",  --> s:2: 'end' expected (to close 'for' at line 1) near '<eof>'
  "function f()\n",  --> s:2: 'end' expected (to close 'function' at line 1) near '<eof>'
  "x = function()\n\n",  --> s:3: 'end' expected (to close 'function' at line 1) near '<eof>'
  "repeat\n",  --> s:2: 'until' expected (to close 'repeat' at line 1) near '<eof>'
  "if x then\nelse\n",  --> s:3: 'end' expected (to close 'if' at line 1) near '<eof>'
  "repeat x = 1",  --> s:1: 'until' expected near '<eof>'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
