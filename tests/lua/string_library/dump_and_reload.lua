-- A dumped function loads again and its text is a binary chunk.
local function f(a, b) return a * b, "k" end
local code = string.dump(f)
print(loadstring(code)(6, 7))
print(#code > 20, code:sub(1, 4) == "\27Lua")
local ok, message = pcall(string.dump, print)
print(ok, message)
--> 42	k
--> true	true
--> false	unable to dump given function
