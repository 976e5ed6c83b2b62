-- The fourth argument of `load` is the environment of the new function; without one it has the globals.
x = "global"
print(load("return x", "=c", "t", { x = "own" })())  --> own
print(load("return x", "=c", nil, { x = "own" })())  --> own
print(load("return x", "=c", "t", nil)())  --> global
print(loadstring("return x", "=c", "t", { x = "own" })())  --> own
local env = {}
load("function f() return g end g = 3", "=c", "t", env)()
print(env.g, env.f(), g, f)  --> 3	3	nil	nil
print(getfenv(load("", "=c", "t", env)) == env)  --> true
local sent
local function reader()
  if sent then
    return nil
  end
  sent = true
  return "return x"
end
print(load(reader, "=c", "t", { x = "read" })())  --> read
print(pcall(load, "", "=c", "t", 5))  --> false	bad argument #4 to '?' (table expected, got number)
