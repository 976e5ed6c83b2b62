-- A recursive generator yields every permutation.
local function permute(a, n)
  if n <= 1 then
    coroutine.yield(a)
  else
    for i = 1, n do
      a[n], a[i] = a[i], a[n]
      permute(a, n - 1)
      a[n], a[i] = a[i], a[n]
    end
  end
end

local function permutations(a)
  return coroutine.wrap(function() permute(a, #a) end)
end

local out, n = {}, 0
for p in permutations { "a", "b", "c" } do out[#out + 1] = table.concat(p) end
print(table.concat(out, " "))  --> bca cba cab acb bac abc
for _ in permutations { 1, 2, 3, 4, 5, 6 } do n = n + 1 end
print(n)  --> 720
