-- In a long concatenation the failing operand is named.
print(pcall(function() local a, b, c = "a", nil, "c" return a .. b .. c end))  --> false	concat_names_the_bad_operand.lua:2: attempt to concatenate local 'b' (a nil value)
print(pcall(function() local a, b, c = "a", "b", {} return a .. b .. c end))  --> false	concat_names_the_bad_operand.lua:3: attempt to concatenate local 'c' (a table value)
