-- Tokens of later versions of Lua are not in the language.
local sources = {
  "x = 1 // 2",  --> s:1: unexpected symbol near '/'
  "x = 1 & 2",  --> s:1: unexpected symbol near '&'
  "x = 1 << 2",  --> s:1: unexpected symbol near '<'
  "::label",  --> s:1: unexpected symbol near ':'
  "x = 1 != 2",  --> s:1: unexpected symbol near '!'
  "x += 1",  --> s:1: '=' expected near '+'
  "x = a ? b : c",  --> s:1: unexpected symbol near '?'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
