-- `\u{...}` ends at 10FFFF and has no surrogates, as in LuaJIT.
local function message(s) return (select(2, loadstring("return 'ab" .. s .. "'", "=s"))) end
print(message("\\u{110000}"))  --> s:1: invalid escape sequence near ''ab'
print(message("\\u{D800}"))  --> s:1: invalid escape sequence near ''ab'
print(message("\\u{dfff}"))  --> s:1: invalid escape sequence near ''ab'
print(message("\\u{FFFFFFFFFFFFFFFFFFFF}"))  --> s:1: invalid escape sequence near ''ab'
print(message("\\256"))  --> s:1: escape sequence too large near ''ab'
