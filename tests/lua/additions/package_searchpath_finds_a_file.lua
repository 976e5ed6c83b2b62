-- `package.searchpath` gives the first readable file of a path, or nil and the list of those it tried.
local name = os.tmpname()
io.open(name, "w"):close()
local folder, file = name:match("^(.*)/([^/]*)$")
print(package.searchpath(file, "/no/?.lua;" .. folder .. "/?") == name)  --> true
os.remove(name)
local result, message = package.searchpath("a.b", "/no/?.lua;/no/?/init.lua")
print(result, (message:gsub("\n\t", "|")))  --> nil	|no file '/no/a/b.lua'|no file '/no/a/b/init.lua'
result, message = package.searchpath("a-b.c", "/no/?", "-", "+")
print(result, (message:gsub("\n\t", "|")))  --> nil	|no file '/no/a+b.c'
result, message = package.searchpath("a.b", "/no/?", "")
print(result, (message:gsub("\n\t", "|")))  --> nil	|no file '/no/a.b'
print(package.searchpath("a", ";;"))  --> nil	
