-- Equality does not coerce, and ordering a number with a string is an error.
print(1 == "1", "1" == 1, 0 == false, "" == false, nil == false)  --> false	false	false	false	false
print(pcall(function() return 1 < "2" end))  --> false	numbers_and_strings_never_equal.lua:3: attempt to compare number with string
print(pcall(function() return "1" <= 2 end))  --> false	numbers_and_strings_never_equal.lua:4: attempt to compare string with number
