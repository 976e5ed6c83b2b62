-- After an error in a finalizer the others that are due wait for the next collection.
local function dies(name, message)
  local u = newproxy(true)
  getmetatable(u).__gc = function()
    print("gc", name)
    if message then error(message, 0) end
  end
end
for i = 1, 3 do dies(i, "fails " .. i) end
print(pcall(collectgarbage))  --> gc	3
--> false	fails 3
print("between")  --> between
local t = {}
for i = 1, 10 do t[i] = {} end
print(pcall(collectgarbage))  --> gc	2
--> false	fails 2
print("between")  --> between
print(pcall(collectgarbage))  --> gc	1
--> false	fails 1
print(pcall(collectgarbage))  --> true	0
-- Those that have become due meanwhile come after them.
dies("a")
dies("b", "fails")
print(xpcall(collectgarbage, function(message) return message .. " and is handled" end))  --> gc	b
--> false	fails and is handled
dies("c")
print(collectgarbage())  --> gc	a
--> gc	c
--> 0
