-- `os.exit` with a true second argument runs the finalizers first, the newest object's first.
local function object(name)
  local proxy = newproxy(true)
  getmetatable(proxy).__gc = function()
    print("finalizer of " .. name)
    if name == "second" then
      error("nobody's")
    end
  end
  return proxy
end
local first, second = object("first"), object("second")
print("before")  --> before
os.exit(0, true)
--> finalizer of second
--> finalizer of first
