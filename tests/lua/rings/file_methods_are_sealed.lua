-- What all files share is sealed against plugins, and so are the loaders of packages.
local change = "local t, k = ... t[k] = function() return 'changed' end"
local meta = getmetatable(io.stdout)
print(ring.run(3, change, nil, meta, "write"))  --> false	plugin:1: attempt to change a table of ring 2 in ring 3
print(ring.run(3, change, nil, meta.__index, "close"))  --> false	plugin:1: attempt to change a table of ring 2 in ring 3
print(ring.run(3, change, nil, package.preload, "name"))  --> false	plugin:1: attempt to change a table of ring 2 in ring 3
print(ring.run(3, change, nil, package.loaders, 1))  --> false	plugin:1: attempt to change a table of ring 2 in ring 3
-- The program may.
meta.lines_of = function() return "lines" end
package.preload.preloaded = function() return { n = 1 } end
print(io.stdout:lines_of(), require("preloaded").n)  --> lines	1
