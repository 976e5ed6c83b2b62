-- A finalizer may store its object, which then lives on but is not finalized again.
local saved, times = nil, 0
do
  local u = newproxy(true)
  getmetatable(u).__gc = function(o) times = times + 1 saved = o end
end
local u = nil
collectgarbage()
print(type(saved), times)  --> userdata	1
saved = nil
collectgarbage()
collectgarbage()
print(saved, times)  --> nil	1
