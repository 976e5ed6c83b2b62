-- A collection that a finalizer asks for calls the other finalizers that are due before it returns.
local held = {}
local function dies(name, act)
  local u = newproxy(true)
  getmetatable(u).__gc = function()
    print("begin", name)
    if act then act() end
    print("end", name)
  end
  held[#held + 1] = u
end
local function drop()
  held = nil
  local result = collectgarbage()
  held = {}
  return result
end
dies("a")
dies("b", function() print(collectgarbage("step", 1000)) end)
dies("c")
dies("d", function()
  held = {}
  dies("new")
  held = nil
  print(collectgarbage())
end)
print(drop())
--> begin	d
--> begin	c
--> end	c
--> begin	b
--> begin	a
--> end	a
--> begin	new
--> end	new
--> true
--> end	b
--> 0
--> end	d
--> 0
-- Their errors are those of the collection.
dies("a")
dies("b", function() error("fails", 0) end)
dies("c")
dies("d", function() print(pcall(collectgarbage)) end)
print(pcall(drop))
--> begin	d
--> begin	c
--> end	c
--> begin	b
--> false	fails
--> end	d
--> begin	a
--> end	a
--> true	0
dies("b", function() error("fails", 0) end)
dies("c", collectgarbage)
print(pcall(drop))
--> begin	c
--> begin	b
--> false	fails
