-- A key that is removed and collected must not be taken for another string that comes to lie in its place.
local names, N, M = {}, 192, 150
local function add(i)
  names["name " .. i] = true
  collectgarbage()
end
for i = 1, N do add(i) end
for i = 1, M do
  names["name " .. i] = nil
  add(N + i)
end
local lost, count = 0, 0
for i = M + 1, N + M do if not names["name " .. i] then lost = lost + 1 end end
for name in pairs(names) do count = count + 1 end
local key = next(names)
for i = 2, N do key = next(names, key) end
print(lost, count, next(names, key))  --> 0	192	nil
