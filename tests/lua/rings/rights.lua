-- What code of ring 3 may not do is an error that says so.
local plugin = ring.globals(3)
plugin.f = function() return x end
plugin.debug, plugin.io, plugin.os, plugin.require = debug, io, os, require
for _, try in ipairs {
  "getfenv(f)", "getfenv(0)", "getfenv(1)", "setfenv(f, {})", "setfenv(0, {})", "string.dump(f)", "collectgarbage()",
  "collectgarbage('stop')", "debug.getinfo(1)", "debug.sethook()", "debug.getregistry()", "debug.setmetatable(1, {})",
  "debug.getupvalue(f, 1)", "io.open('x')", "os.time()", "require('x')",
  "ring.run(2, f)", "ring.run(1, f)", "ring.load(2, '')", "ring.limit(3, {fuel = 1})", "ring.limit(2, {fuel = 1})",
  "ring.globals(2)", "ring.run(4, f)", "ring.run(0, f)",
} do
  local ok, message = ring.run(3, try)
  print(ok, message and (message:gsub("^plugin:1: ", "")))
end
--> false	bad argument #1 to 'getfenv' (the environment of a function of ring 2 is not open to ring 3)
--> false	bad argument #1 to 'getfenv' (the environment of a function of ring 2 is not open to ring 3)
--> true	nil
--> false	bad argument #1 to 'setfenv' (the environment of a function of ring 2 is not open to ring 3)
--> false	bad argument #1 to 'setfenv' (the environment of a function of ring 2 is not open to ring 3)
--> false	'string.dump' is not allowed in ring 3 (needs ring 2)
--> false	this option of 'collectgarbage' is not allowed in ring 3 (needs ring 2)
--> false	this option of 'collectgarbage' is not allowed in ring 3 (needs ring 2)
--> false	'debug.getinfo' is not allowed in ring 3 (needs ring 2)
--> false	'debug.sethook' is not allowed in ring 3 (needs ring 2)
--> false	'debug.getregistry' is not allowed in ring 3 (needs ring 2)
--> false	'debug.setmetatable' is not allowed in ring 3 (needs ring 2)
--> false	'debug.getupvalue' is not allowed in ring 3 (needs ring 2)
--> false	'io.open' is not allowed in ring 3 (needs ring 2)
--> false	'os.time' is not allowed in ring 3 (needs ring 2)
--> false	'package.preload_loader' is not allowed in ring 3 (needs ring 2)
--> false	bad argument #1 to 'run' (ring 2 is closed to ring 3)
--> false	bad argument #1 to 'run' (ring 1 is closed to ring 3)
--> false	bad argument #1 to 'load' (ring 2 is closed to ring 3)
--> false	bad argument #1 to 'limit' (ring 3 cannot limit ring 3)
--> false	bad argument #1 to 'limit' (ring 3 cannot limit ring 2)
--> false	bad argument #1 to 'globals' (ring 2 is closed to ring 3)
--> false	bad argument #1 to 'run' (ring 1, 2 or 3 expected)
--> false	bad argument #1 to 'run' (ring 1, 2 or 3 expected)
print(ring.run(3, "return load('return (ring.current())')()"))  --> true	3
print(ring.run(3, "return select(2, load('\\27Lua'))"))  --> true	binary chunks are not allowed in ring 3
print(ring.run(3, "x = 1 return x, print ~= nil, type(io), _G.x"))  --> true	1	true	table	1
