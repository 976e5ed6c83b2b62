-- `\xHH` is the byte of that number; anything else behind `\x` leaves the letter, as in 5.1.
print("\x41\x4a\x4B", "\x41" == 'A', #"\x00\xff", ("\xfF"):byte())  --> AJK	true	2	255
print("\x414", "\xg", "\x4", "\x4g", "\x")  --> A4	xg	x4	x4g	x
print([[\x41]], "\\x41")  --> \x41	\x41
