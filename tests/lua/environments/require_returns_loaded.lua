-- `require` gives the value in package.loaded, and preload makes one.
package.preload.maker = function(name) return { made = name } end
local m = require("maker")
print(m.made, require("maker") == m, package.loaded.maker == m, require("string") == string)  --> maker	true	true	true
