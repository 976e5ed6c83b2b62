-- What cannot be called as a finalizer is an error of what it interrupts, and the next ones are called all the same, as
-- hooks are.
local log, kept = {}, nil
local function proxy(finalizer)
  kept = newproxy(true)
  getmetatable(kept).__gc = finalizer or function() log[#log + 1] = "called" end
end
local function drop()
  kept = nil
  collectgarbage()
end
for _, wrong in ipairs({ "text", 5, {} }) do
  proxy(wrong)
  print(pcall(drop))
  --> false	attempt to call a string value
  --> false	attempt to call a number value
  --> false	attempt to call a table value
  proxy()
  drop()
end
print(#log)  --> 3
local lines = 0
debug.sethook(function() lines = lines + 1 end, "l")
local a = 1
debug.sethook()
print(lines)  --> 2
