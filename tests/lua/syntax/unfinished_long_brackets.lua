-- A long string or comment that does not end is named as what it is.
local sources = {
  "x = [[abc",  --> s:1: unfinished long string near '<eof>'
  "x = [==[ ]=]",  --> s:1: unfinished long string near '<eof>'
  "--[[ comment",  --> s:1: unfinished long comment near '<eof>'
  "--[=[ ]]",  --> s:1: unfinished long comment near '<eof>'
  "x = [=abc",  --> s:1: invalid long string delimiter near '[='
  "x = [==",  --> s:1: invalid long string delimiter near '[=='
}
for _, s in ipairs(sources) do
  print((select(2, loadstring(s, "=s"))))
end
