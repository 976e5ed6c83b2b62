-- `tostring` and `print` call the field `__tostring` of any type's metatable, that of numbers, too.
local mt = { __tostring = function(v) return "<" .. type(v) .. ">" end }
for _, v in ipairs { 1, "x", true, print, coroutine.create(function() end) } do
  local old = debug.getmetatable(v)
  debug.setmetatable(v, mt)
  print(tostring(v), v)
  debug.setmetatable(v, old)
end
--> <number>	<number>
--> <string>	<string>
--> <boolean>	<boolean>
--> <function>	<function>
--> <thread>	<thread>
debug.setmetatable(nil, mt)
print(nil, tostring(nil))  --> <nil>	<nil>
debug.setmetatable(0, mt)
io.write(5, " ", string.format("%s", 5), " ", 5 .. "", "\n")  --> 5 5 5
