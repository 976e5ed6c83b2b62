-- `break` outside a loop is an error, also inside a function within one.
local sources = {
  "break",  --> s:1: no loop to break near '<eof>'
  "if x then break end",  --> s:1: no loop to break near 'end'
  "while x do function f() break end end",  --> s:1: no loop to break near 'end'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
