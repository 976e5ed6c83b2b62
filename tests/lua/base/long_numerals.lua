-- However long a text is, tonumber reads it as C does.
local ones, zeros = ("1"):rep(50000), ("0"):rep(50000)
print(tonumber(ones), tonumber("-" .. ones), tonumber(ones .. "x"))  --> inf	-inf	nil
print(tonumber("0." .. zeros .. "1"), tonumber(zeros .. "12.50" .. zeros), tonumber("." .. zeros .. "1e50001"))  --> 0	12.5	1
print(tonumber("  " .. (" "):rep(9000) .. "0x10" .. (" "):rep(9000)), tonumber((" "):rep(9000)))  --> 16	nil
print(tonumber("0x" .. zeros .. "ff"), tonumber("0x" .. ("f"):rep(300)), tonumber("1e" .. ones), tonumber("1e-" .. ones))  --> 255	inf	inf	0
print(tonumber(zeros .. "777", 8), tonumber(("z"):rep(5000), 36), tonumber(zeros .. "8", 8), tonumber(zeros .. "\0z", 2))  --> 511	1.844674407371e+19	nil	0
print(tonumber("5" .. "\0" .. zeros .. "x"), tonumber(("\n"):rep(5000) .. "-7e1"))  --> 5	-70
