-- An upvalue closed by an error keeps its last value.
local get
pcall(function()
  local x = 1
  get = function() return x end
  x = 2
  error("out")
end)
print(get())  --> 2
