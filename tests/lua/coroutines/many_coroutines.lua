-- Five hundred suspended coroutines keep their own state.
local cos = {}
for i = 1, 500 do
  cos[i] = coroutine.wrap(function() local n = i while true do coroutine.yield(n) n = n + 1 end end)
end
local sum = 0
for turn = 1, 3 do for i = 1, 500 do sum = sum + cos[i]() end end
print(sum)  --> 377250
