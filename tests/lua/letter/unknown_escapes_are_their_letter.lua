-- In 5.1 a backslash before a letter that means nothing leaves the letter, `\x`, `\z` and `\u` too.
print("\x41", "\z x", "\u{41}", "\u{110000}", #"\x00")  --> x41	z x	u{41}	u{110000}	3
