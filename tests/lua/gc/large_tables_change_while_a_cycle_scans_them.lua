-- What moves within a large table while the collector is in the middle of it is kept.
local N = 3000
row, names = {}, {}
for i = 1, N do
  row[i] = {"row " .. i}
  names["name " .. i] = {"name " .. i}
end
for round = 1, 300 do
  -- From the end, where the collector comes last, to the beginning.
  table.insert(row, 1, table.remove(row))
  row[1], row[N] = row[N], row[1]
  -- New keys move others out of their places, and now and then all of them.
  local k = "name " .. round
  local v = names[k]
  names[k] = nil
  names["new " .. k] = {"new " .. v[1]}
  if round % 60 == 0 then
    local texts = {}
    for i = 1, N do texts[i] = (round % 120 == 0 and "a" or "b") .. row[i][1] end
    table.sort(texts)
    table.sort(row, function(a, b) return a[1] < b[1] end)
  end
end
local sum = 0
for i = 1, N do sum = sum + tonumber(row[i][1]:match("^row (%d+)$")) end
local count = 0
for k, v in pairs(names) do assert(k == v[1]) count = count + 1 end
print(sum == N * (N + 1) / 2, count)  --> true	3000
