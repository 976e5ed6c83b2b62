-- Ordering values without a metamethod names both types.
print(pcall(function() return {} < {} end))  --> false	two_tables_cannot_be_ordered.lua:2: attempt to compare two table values
print(pcall(function() return {} < 1 end))  --> false	two_tables_cannot_be_ordered.lua:3: attempt to compare table with number
print(pcall(function() return nil > 1 end))  --> false	two_tables_cannot_be_ordered.lua:4: attempt to compare number with nil
print(pcall(function() return true >= false end))  --> false	two_tables_cannot_be_ordered.lua:5: attempt to compare two boolean values
print(pcall(function() return print <= "x" end))  --> false	two_tables_cannot_be_ordered.lua:6: attempt to compare function with string
