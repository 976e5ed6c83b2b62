-- A number counts as a string message and gets a position too.
print(pcall(function() error(42) end))  --> false	number_message_gets_a_position.lua:2: 42
