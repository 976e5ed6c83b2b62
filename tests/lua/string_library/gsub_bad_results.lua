-- A replacement that is neither string nor number is an error.
print(pcall(function() return ("x"):gsub("x", function() return {} end) end))  --> false	gsub_bad_results.lua:2: invalid replacement value (a table)
print(pcall(function() return ("x"):gsub("x", { x = true }) end))  --> false	gsub_bad_results.lua:3: invalid replacement value (a boolean)
