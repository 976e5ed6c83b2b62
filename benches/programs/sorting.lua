-- Sorting: the library's, with and without a comparison, and a merge sort in Lua.
local size = tonumber(arg and arg[1]) or 120000

local function numbers()
  local list, x = {}, 7
  for i = 1, size do x = (x * 48271) % 2147483647; list[i] = x end
  return list
end

local function merge_sort(list)
  local source, target, width = list, {}, 1
  while width < #list do
    for low = 1, size, 2 * width do
      local i, j = low, low + width
      local i_end, j_end = math.min(j, size + 1), math.min(j + width, size + 1)
      for k = low, j_end - 1 do
        if i < i_end and (j >= j_end or source[i] <= source[j]) then
          target[k], i = source[i], i + 1
        else
          target[k], j = source[j], j + 1
        end
      end
    end
    source, target, width = target, source, width * 2
  end
  return source
end

local a, b, c = numbers(), numbers(), merge_sort(numbers())
table.sort(a)
table.sort(b, function(x, y) return x > y end)
for i = 1, size do assert(a[i] == c[i] and a[i] == b[size + 1 - i]) end
print(a[1], a[math.floor(size / 2)], a[size])
