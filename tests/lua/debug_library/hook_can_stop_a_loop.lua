-- An error raised by a hook interrupts an endless loop.
local ok, message = pcall(function()
  debug.sethook(function() error("too long", 0) end, "", 1000)
  while true do end
end)
debug.sethook()
print(ok, message)  --> false	too long
