-- `create` refuses values that are no Lua function.
print(pcall(function() coroutine.create(1) end))  --> false	create_needs_a_lua_function.lua:2: bad argument #1 to 'create' (Lua function expected)
print(pcall(function() coroutine.create(print) end))  --> false	create_needs_a_lua_function.lua:3: bad argument #1 to 'create' (Lua function expected)
print(pcall(function() coroutine.resume({}) end))  --> false	create_needs_a_lua_function.lua:4: bad argument #1 to 'resume' (coroutine expected)
