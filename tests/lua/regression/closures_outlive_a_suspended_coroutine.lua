-- A closure keeps its variable when the coroutine that made it is collected before it has ended.
local functions = {}
for i = 1, 200 do
  local co = coroutine.wrap(function()
    local x = {i}
    functions[i] = function() return x end
    coroutine.yield()
  end)
  co()
end
collectgarbage()
local junk = {}
for i = 1, 20000 do junk[i] = {i, tostring(i)} end
collectgarbage()
local wrong = 0
for i = 1, 200 do
  local x = functions[i]()
  if type(x) ~= "table" or x[1] ~= i then wrong = wrong + 1 end
end
print(wrong)  --> 0
