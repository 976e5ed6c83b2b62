-- table.sort orders strings by all their bytes, however long they are and whatever they begin with.
local function check(make, n)
  local t = {}
  for i = 1, n do t[i] = make(i * 7919 % 10007, i) end
  table.sort(t)
  for i = 2, n do assert(t[i - 1] <= t[i], i) end
  return n
end
local same = ("s"):rep(3000)
print(check(function(k) return same .. k end, 150))  --> 150
print(check(function(k, i) return (i % 2 == 0 and "a" or "b"):rep(300) .. k end, 380))  --> 380
print(check(function(k, i) return (i % 2 == 0 and "a" or "b"):rep(300) .. k end, 1200))  --> 1200
print(check(function(k, i) return i % 50 == 0 and same .. k or "k" .. k end, 1500))  --> 1500
print(check(function(k, i) return ("x"):rep(i % 900) .. k end, 900))  --> 900
print(check(function(k, i) return ("x"):rep(1020) end, 200))  --> 200
print(check(function(k, i) return i % 7 == 0 and "" or ("q"):rep(k % 5 * 100) end, 190))  --> 190
print(pcall(table.sort, { same, same .. 1, 2 }))  --> false	attempt to compare number with string
