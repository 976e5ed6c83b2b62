-- `%q` writes a string that the compiler reads back.
print(("%q"):format('a "quoted" \\ string'))  --> "a \"quoted\" \\ string"
local s = "line\nnext\r\0end\"\\"
print(loadstring("return " .. ("%q"):format(s))() == s, #("%q"):format("\0"))  --> true	6
