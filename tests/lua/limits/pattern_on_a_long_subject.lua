-- Patterns run over a hundred thousand bytes.
local s = ("ab"):rep(50000)
print(#s:match(".*"), #s:match(".-$"), select(2, s:gsub("ab", "")), s:find("b", 99999), s:match("^(.-)b$") == s:sub(1, -2))  --> 100000	100000	50000	100000	true
