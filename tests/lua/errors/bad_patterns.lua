-- Malformed patterns are errors when the matcher meets them.
print(pcall(function() return ("x"):find("[a") end))  --> false	bad_patterns.lua:2: malformed pattern (missing ']')
print(pcall(function() return ("x"):find("[]") end))  --> false	bad_patterns.lua:3: malformed pattern (missing ']')
print(pcall(function() return ("x"):find("[^") end))  --> false	bad_patterns.lua:4: malformed pattern (missing ']')
print(pcall(function() return ("x"):find("(x") end))  --> false	bad_patterns.lua:5: unfinished capture
print(pcall(function() return ("x"):find("(x))") end))  --> false	bad_patterns.lua:6: invalid pattern capture
print(pcall(function() return ("x"):find("%") end))  --> false	bad_patterns.lua:7: malformed pattern (ends with '%')
print(pcall(function() return ("x"):find("%b") end))  --> false	bad_patterns.lua:8: unbalanced pattern
print(pcall(function() return ("x"):find("%f") end))  --> false	bad_patterns.lua:9: missing '[' after '%f' in pattern
print(pcall(function() return ("x"):find("(x)%2") end))  --> false	bad_patterns.lua:10: invalid capture index
print(pcall(function() return ("x"):gsub("x", "%2") end))  --> false	bad_patterns.lua:11: invalid capture index
