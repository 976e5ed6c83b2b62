-- `return` and `break` must end their block.
local sources = {
  "return 1 x = 2",  --> s:1: '<eof>' expected near 'x'
  "while x do break x = 1 end",  --> s:1: 'end' expected near 'x'
  "return; x = 1",  --> s:1: '<eof>' expected near 'x'
  "do return end x = 1",  --> fine
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
