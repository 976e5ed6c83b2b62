-- `...` belongs to vararg functions and the main chunk.
local sources = {
  "return ...",  --> fine
  "function f(...) return ... end",  --> fine
  "function f() return ... end",  --> s:1: cannot use '...' outside a vararg function near '...'
  "function f(..., a) end",  --> s:1: ')' expected near ','
  "function f(...) return function() return ... end end",  --> s:1: cannot use '...' outside a vararg function near '...'
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
