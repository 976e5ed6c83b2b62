-- In 5.1 a message of assert must be a string.
print(pcall(function() assert(false, {}) end))  --> false	assert_message_must_be_a_string.lua:2: bad argument #2 to 'assert' (string expected, got table)
print(pcall(function() assert() end))  --> false	assert_message_must_be_a_string.lua:3: bad argument #1 to 'assert' (value expected)
