-- A suspended coroutine shows where it yielded, and resumes as if nobody had looked.
local co = coroutine.create(function(a)
  local b = coroutine.yield(a + 1)
  return a * b
end)
print(coroutine.resume(co, 1))
print((debug.traceback(co):gsub("%S*traceback_of_a_suspended_one", "file")))
print(debug.getinfo(co, 0).func == coroutine.yield, debug.getinfo(co, 1).currentline)
print(coroutine.resume(co, 21))
print(debug.traceback(co), coroutine.status(co))
local outer = coroutine.create(function()
  local inner = coroutine.wrap(function() print(coroutine.running() ~= nil) coroutine.yield() end)
  inner()
  print(debug.getinfo(1).currentline)
  coroutine.yield("out")
end)
print(coroutine.resume(outer))
--> true	2
--> stack traceback:
--> 	[C]: in function 'yield'
--> 	file.lua:3: in function file.lua:2>
--> true	3
--> true	21
--> stack traceback:	dead
--> true
--> 14
--> true	out
