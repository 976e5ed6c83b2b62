-- A block has a label once; a block in it and other functions may have it again.
local sources = {
  "::x::\n::x::",  --> s:2: label 'x' already defined on line 1
  "::x:: x = 1 ::y:: ::x::",  --> s:1: label 'x' already defined on line 1
  "::x:: do ::x:: end",  --> fine
  "do ::x:: end do ::x:: end ::x::",  --> fine
  "::x:: function f() ::x:: end",  --> fine
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
