-- `tonumber` reads a whole string with spaces around it, or gives nil.
print(tonumber("10"), tonumber("  10  "), tonumber("1e1"), tonumber("0x1F"), tonumber("-.5"))  --> 10	10	10	31	-0.5
print(tonumber(""), tonumber(" "), tonumber("1 2"), tonumber("1x"), tonumber("e1"), tonumber("--1"), tonumber("0x"))  --> nil	nil	nil	nil	nil	nil	nil
print(tonumber("5\n"), tonumber("+7"), tonumber("\t-3 "), tonumber("1e"), tonumber("0x1p"), tonumber("1,5"))  --> 5	7	-3	nil	nil	nil
