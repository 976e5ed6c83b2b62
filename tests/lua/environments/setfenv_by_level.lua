-- `setfenv(1, t)` changes the globals of the running function.
local print = print
local function f()
  setfenv(1, { y = "inside" })
  z = "written"
  return y, z
end
print(f())  --> inside	written
print(z, y)  --> nil	nil
