-- `\u{...}` is a character in UTF-8; what has not that form leaves the letter, as in 5.1.
local function bytes(s) return (s:gsub(".", function(c) return ("%02x "):format(c:byte()) end)) end
print(bytes("\u{41}\u{7f}\u{80}"))  --> 41 7f c2 80 
print(bytes("\u{7FF}\u{800}"))  --> df bf e0 a0 80 
print(bytes("\u{d7ff}\u{E000}\u{ffff}"))  --> ed 9f bf ee 80 80 ef bf bf 
print(bytes("\u{10000}\u{10FFFF}\u{00000000041}"))  --> f0 90 80 80 f4 8f bf bf 41 
print("\u", "\u00e9", "\u{}", "\u{41", "\u{g}", "\u{4 1}")  --> u	u00e9	u{}	u{41	u{g}	u{4 1}
