-- `getinfo` of a Lua function tells where it was defined.
local function f(a)
  local x
  return function() return x end
end
local i = debug.getinfo(f, "S")
print(i.what, i.short_src, i.source, i.linedefined, i.lastlinedefined)  --> Lua	getinfo_of_a_function.lua	@getinfo_of_a_function.lua	2	5
print(debug.getinfo(f, "u").nups, debug.getinfo(f(), "u").nups, debug.getinfo(f, "f").func == f)  --> 0	1	true
