-- Numbers pass through and other values give nil.
print(tonumber(5), tonumber(nil), tonumber(true), tonumber({}), tonumber(print))  --> 5	nil	nil	nil	nil
