-- A quicksort in Lua agrees with table.sort.
local function quicksort(t, lo, hi)
  if lo >= hi then return end
  local pivot, i, j = t[math.floor((lo + hi) / 2)], lo, hi
  while i <= j do
    while t[i] < pivot do i = i + 1 end
    while t[j] > pivot do j = j - 1 end
    if i <= j then
      t[i], t[j] = t[j], t[i]
      i, j = i + 1, j - 1
    end
  end
  quicksort(t, lo, j)
  quicksort(t, i, hi)
end

local a, b, x = {}, {}, 12345
for i = 1, 400 do
  x = (x * 1103515245 + 12345) % 2147483648
  a[i], b[i] = x % 1000, x % 1000
end
quicksort(a, 1, #a)
table.sort(b)
print(table.concat(a, ",") == table.concat(b, ","), a[1] <= a[200], #a)  --> true	true	400
