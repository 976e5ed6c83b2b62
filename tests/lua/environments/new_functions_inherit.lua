-- A closure takes the environment of the function that makes it, at that time.
local function make() return function() return name end end
local before = make()
setfenv(make, { name = "env" })
local after = make()
print(before(), after())  --> nil	env
