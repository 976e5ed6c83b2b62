-- Indexing a nil local ends the script with its name in the message.
local config
print(config.size)  --> error: indexing_nil_is_an_error.lua:3: attempt to index local 'config' (a nil value)
