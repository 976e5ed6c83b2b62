-- Hello: printing, a greeting function with a default, and the arguments of the script.
--
--   lua5.1 hello.lua            lua5.1 hello.lua Ada Grace

local function greet(name)
  return ("Hello, %s!"):format(name or "world")
end

if select("#", ...) == 0 then
  print(greet())
else
  for _, name in ipairs { ... } do
    print(greet(name))
  end
end
