-- Walks with pairs and next cross short and long runs of removed entries in both parts of a table.
for _, kept in ipairs { 1, 3, 7, 8, 9, 20, 64 } do
  local t = {}
  for i = 1, 64 do
    t[i] = i
    t["k" .. i] = i
  end
  for i = 1, 64 do
    if i % kept ~= 0 then
      t[i], t["k" .. i] = nil, nil
    end
  end
  local count, sum, last = 0, 0, nil
  for key, value in pairs(t) do
    count, sum, last = count + 1, sum + value, key
  end
  for key in next, t, last do
    count = count + 100
  end
  for _ in pairs(t) do
    count = count + 1000
  end
  print(kept, count, sum)
end
--> 1	128128	4160
--> 3	42042	1386
--> 7	18018	630
--> 8	16016	576
--> 9	14014	504
--> 20	6006	240
--> 64	2002	128
