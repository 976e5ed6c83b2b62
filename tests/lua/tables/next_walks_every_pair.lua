-- `next` from nil visits each pair once and ends with nil.
local t = { 10, 20, 30, x = 1, y = 2 }
local count, sum, k, v = 0, 0, next(t)
while k do
  count, sum = count + 1, sum + v
  k, v = next(t, k)
end
print(count, sum, next({}))  --> 5	63	nil
