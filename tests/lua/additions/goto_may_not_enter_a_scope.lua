-- A jump may not pass over the declaration of a variable that is seen behind its label.
local sources = {
  "goto x\nlocal a\nlocal b\n::x:: print(a)",  --> s:4: <goto x> at line 1 jumps into the scope of local 'a'
  "local a do goto x end\nlocal function f() end ::x:: f()",  --> s:2: <goto x> at line 1 jumps into the scope of local 'f'
  "repeat goto x local a ::x:: until a",  --> s:1: <goto x> at line 1 jumps into the scope of local 'a'
  "repeat if y then goto x end local a ::x:: until true",  --> s:1: <goto x> at line 1 jumps into the scope of local 'a'
  "goto x local a do ::x:: end",  --> s:1: undefined label 'x'
  "goto x; do local a end ::x:: print(a)",  --> fine
  "local a goto x; a = 1 ::x:: print(a)",  --> fine
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
