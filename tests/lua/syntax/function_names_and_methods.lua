-- Only names, dots and one last colon may follow `function`.
local sources = {
  "function a.b:c() end",  --> fine
  "function a:b.c() end",  --> s:1: '(' expected near '.'
  "function a[1]() end",  --> s:1: '(' expected near '['
  "function 1() end",  --> s:1: '<name>' expected near '1'
  "local function a.b() end",  --> s:1: '(' expected near '.'
  "function () end",  --> s:1: '<name>' expected near '('
}
for _, s in ipairs(sources) do
  print(loadstring(s, "=s") and "fine" or (select(2, loadstring(s, "=s"))))
end
