-- In 5.1 `%s` takes strings and numbers only.
print(pcall(function() return ("%s"):format(nil) end))  --> false	format_s_needs_a_string.lua:2: bad argument #1 to 'format' (string expected, got nil)
print(pcall(function() return ("%s"):format(true) end))  --> false	format_s_needs_a_string.lua:3: bad argument #1 to 'format' (string expected, got boolean)
print(pcall(function() return ("%s"):format({}) end))  --> false	format_s_needs_a_string.lua:4: bad argument #1 to 'format' (string expected, got table)
