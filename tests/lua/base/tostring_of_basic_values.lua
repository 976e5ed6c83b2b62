-- `tostring` spells nil, booleans, numbers and strings.
print(tostring(nil), tostring(true), tostring(false), tostring(-1.5), tostring("x"))  --> nil	true	false	-1.5	x
print(tostring(1e15), tostring(123456), tostring(2 ^ 63), tostring(-2 ^ 31))  --> 1e+15	123456	9.2233720368548e+18	-2147483648
