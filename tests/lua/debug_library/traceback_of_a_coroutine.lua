-- The traceback of a suspended coroutine shows where it waits.
local co = coroutine.create(function()
  local function wait() coroutine.yield() end
  wait()
end)
coroutine.resume(co)
for line in debug.traceback(co):gmatch("[^\n]+") do io.write((line:gsub("\t", "")), "\n") end
--> stack traceback:
--> [C]: in function 'yield'
--> traceback_of_a_coroutine.lua:3: in function 'wait'
--> traceback_of_a_coroutine.lua:4: in function <traceback_of_a_coroutine.lua:2>
