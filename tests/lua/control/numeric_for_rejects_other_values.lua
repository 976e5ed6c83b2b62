-- A bound that is no number is an error that says which one.
print(pcall(function() for i = "x", 2 do end end))  --> false	numeric_for_rejects_other_values.lua:2: 'for' initial value must be a number
print(pcall(function() for i = 1, {} do end end))  --> false	numeric_for_rejects_other_values.lua:3: 'for' limit must be a number
print(pcall(function() for i = 1, 2, nil do end end))  --> false	numeric_for_rejects_other_values.lua:4: 'for' step must be a number
