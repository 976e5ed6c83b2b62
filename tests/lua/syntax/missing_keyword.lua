-- A missing `then`, `do` or `in` is named.
local sources = {
  "if x x = 1 end",  --> s:1: 'then' expected near 'x'
  "while x x = 1 end",  --> s:1: 'do' expected near 'x'
  "for i = 1, 2 x = 1 end",  --> s:1: 'do' expected near 'x'
  "for k, v pairs(t) do end",  --> s:1: 'in' expected near 'pairs'
  "for i = 1 do end",  --> s:1: ',' expected near 'do'
  "for do end",  --> s:1: '<name>' expected near 'do'
  "for i do end",  --> s:1: '=' or 'in' expected near 'do'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
