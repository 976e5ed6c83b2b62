-- Sorting keeps every item, for random, sorted, reversed and equal input.
local function check(make)
  local t, sum = {}, 0
  for i = 1, 500 do t[i] = make(i) sum = sum + t[i] end
  table.sort(t)
  for i = 2, #t do assert(t[i - 1] <= t[i]) end
  for i = 1, #t do sum = sum - t[i] end
  return #t == 500 and sum == 0
end
print(check(function(i) return (i * 7919) % 1009 end), check(function(i) return i end))  --> true	true
print(check(function(i) return -i end), check(function() return 1 end))  --> true	true
