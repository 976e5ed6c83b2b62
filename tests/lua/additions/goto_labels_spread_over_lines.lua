-- Names, spaces, comments and line breaks may stand between the colons of a label.
local i = 0
:: top --[[ of
the loop ]] ::
i = i + 1
if i < 3 then goto
  -- the
  top
end
print(i, (select(2, pcall(error, "line", 1))))  --> 3	line
print((select(2, pcall(loadstring("::\na\n:: error'x'", "=s")))))  --> s:3: x
