-- Labels are seen in their block and the blocks in it, not in functions in it.
local sources = {
  "goto x",  --> s:1: undefined label 'x'
  "x = 1\ngoto y\n::x::",  --> s:2: undefined label 'y'
  "do ::x:: end goto x",  --> s:1: undefined label 'x'
  "if a then goto x else ::x:: end",  --> s:1: undefined label 'x'
  "::x:: local function f() goto x end",  --> s:1: undefined label 'x'
  "function f() ::x:: end goto x",  --> s:1: undefined label 'x'
  "while a do goto continue end",  --> s:1: undefined label 'continue'
  "do do goto x end end ::x::",  --> fine
  "::x:: do do goto x end end",  --> fine
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
