-- An option that is not in the list is quoted in the message.
print(pcall(function() return collectgarbage("polish") end))  --> false	unknown_option.lua:2: bad argument #1 to 'collectgarbage' (invalid option 'polish')
print(pcall(function() return io.stdout:setvbuf("odd") end))  --> false	unknown_option.lua:3: bad argument #1 to 'setvbuf' (invalid option 'odd')
