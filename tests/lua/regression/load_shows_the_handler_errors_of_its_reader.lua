-- An error of the reader of `load` goes through the message handler that is in force, and is caught by `load`.
local function handler(message)
  return "handled " .. tostring(message)
end
local function failing() error("reader", 0) end
local function wrong() return {} end
print(xpcall(function() return load(failing) end, handler))  --> true	nil	handled reader
print(xpcall(function() return load(wrong) end, handler))  --> true	nil	handled load_shows_the_handler_errors_of_its_reader.lua:8: reader function must return a string
print(xpcall(function() return pcall(load, failing) end, handler))  --> true	true	nil	reader
print(xpcall(function() return loadstring("x =") end, handler))  --> true	nil	[string "x ="]:1: unexpected symbol near '<eof>'
print(xpcall(function()
  return coroutine.resume(coroutine.create(function() return load(failing) end))
end, handler))  --> true	true	nil	reader
print(pcall(load, wrong))  --> true	nil	reader function must return a string
