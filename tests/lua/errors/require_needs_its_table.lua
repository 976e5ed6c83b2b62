-- Where the registry has no table of loaded modules, require says what C says that indexes it.
local registry, call = debug.getregistry(), pcall
local loaded = registry._LOADED
registry._LOADED = nil
print(call(require, "string"))  --> false	attempt to index a nil value
print(call(function() require("string") end))  --> false	attempt to index a nil value
print(call(module, "string"))  --> false	attempt to index a nil value
registry._LOADED = 5
print(call(require, "string"))  --> false	attempt to index a number value
registry._LOADED = loaded
print(require("string") == string)  --> true
