-- During a traversal fields may be changed or removed, and a collection changes nothing of its order.
local function keys(t)
  local list = {}
  for k in next, t do list[#list + 1] = tostring(k) end
  return table.concat(list, " ")
end
local t = {}
for i = 1, 50 do
  t[i], t["k" .. i], t[i + 0.5] = i, i, i
end
local before = keys(t)
collectgarbage()
print(keys(t) == before)  --> true
local seen, count = {}, 0
for k, v in pairs(t) do
  t[k] = v + 1
  count = count + 1
  seen[count] = tostring(k)
  if count % 7 == 0 then
    local garbage = {}
    for i = 1, 50 do garbage[i] = { "x" .. i } end
    collectgarbage()
  end
end
print(count, table.concat(seen, " ") == before, keys(t) == before)  --> 150	true	true
seen, count = {}, 0
for k in pairs(t) do
  count = count + 1
  seen[count] = tostring(k)
  t[k] = nil
  if count % 7 == 0 then collectgarbage() end
end
print(count, table.concat(seen, " ") == before, next(t))  --> 150	true	nil
local objects = {}
for i = 1, 30 do objects[{}] = i end
count = 0
for k in pairs(objects) do
  objects[k] = nil
  k = nil
  count = count + 1
end
print(count, next(objects))  --> 30	nil
