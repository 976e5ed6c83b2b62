-- In 5.1 a pattern ends at its first zero byte; a plain search looks for all of it.
print(("abc"):find("b\0x"), ("ab\0x"):find("b\0x"), ("abc"):find("b.\0x"), ("abc"):match("b\0x"), ("a\0b"):match("[^a]\0b") == "\0")  --> nil	2	2	b	true
print(("abcb"):gsub("b\0x", "-"))  --> a-c-	2
print(("ab"):match("b$\0"), ("ab"):match("^\0") == "", ("ab"):match("^(a)\0x"))  --> b	true	a
print(pcall(string.match, "a", "a%\0"))  --> false	malformed pattern (ends with '%')
print(pcall(string.match, "a", "[a\0]"))  --> false	malformed pattern (missing ']')
print(pcall(string.match, "a", "[%\0]"))  --> false	malformed pattern (missing ']')
print(pcall(string.match, "(a)", "%b(\0"))  --> false	unbalanced pattern
print(pcall(string.match, "a", "%f\0"))  --> false	missing '[' after '%f' in pattern
print(pcall(string.match, "a", "(a\0)"))  --> false	unfinished capture
local n = 0
for _ in ("aaa"):gmatch("a\0b") do
  n = n + 1
end
print(n, ("a\0%"):find("\0%"), ("ab"):find("\0%"))  --> 3	2	nil
