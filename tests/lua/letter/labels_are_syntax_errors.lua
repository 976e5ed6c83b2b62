-- 5.1 has no labels: two colons in a row are an error with its own words.
local sources = {
  "::x::",  --> s:1: unexpected symbol near ':'
  "x = y ::z::",  --> s:1: '<name>' expected near ':'
  "do return ::x:: end",  --> s:1: unexpected symbol near ':'
  "while x do goto continue ::continue:: end",  --> s:1: '=' expected near 'continue'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
