-- A reserved word cannot name a variable, a field or a parameter.
local sources = {
  "local end = 1",  --> s:1: '<name>' expected near 'end'
  "and = 1",  --> s:1: unexpected symbol near 'and'
  "x = t.end",  --> s:1: '<name>' expected near 'end'
  "function f(nil) end",  --> s:1: <name> or '...' expected near 'nil'
  "local function while() end",  --> s:1: '<name>' expected near 'while'
  "for true = 1, 2 do end",  --> s:1: '<name>' expected near 'true'
  "x = {then = 1}",  --> s:1: unexpected symbol near 'then'
  "x:if()",  --> s:1: '<name>' expected near 'if'
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
