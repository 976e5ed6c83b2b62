-- Errors of the compiler without position are raised: the message handler in force makes of them what `load` and `loadstring` return.
local source = ("do local " .. ("a,"):rep(199) .. "a end "):rep(164)
local function handler(message) return "handled " .. tostring(message) end
local function pieces()
  local rest = { source:sub(1, 50000), source:sub(50001) }
  return function() return table.remove(rest, 1) end
end
print(pcall(loadstring, source))  --> true	nil	too many local variables
print(xpcall(function() return loadstring(source) end, handler))  --> true	nil	handled too many local variables
print(xpcall(function() return load(pieces()) end, handler))  --> true	nil	handled too many local variables
print(xpcall(function() return pcall(loadstring, source) end, handler))  --> true	true	nil	too many local variables
print(xpcall(function() return loadstring(source) end, function() error("again") end))  --> true	nil	error in error handling
print(xpcall(function() return loadstring(source) end, function() end))  --> true	nil	nil
-- What comes of it in a file may be raised anew.
local name = os.tmpname()
local file = io.open(name, "w")
file:write(source)
file:close()
print(xpcall(function() return loadfile(name) end, handler))  --> true	nil	handled too many local variables
print(xpcall(function() dofile(name) end, handler))  --> false	handled handled too many local variables
package.path = name
print(xpcall(function() require("m") end, function(message) return (handler(message):gsub("'/.-'", "F")) end))
--> false	handled error loading module 'm' from file F:
--> 	handled too many local variables
os.remove(name)
