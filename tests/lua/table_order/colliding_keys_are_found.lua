-- Keys that differ only in bytes that the hash leaves out are still different keys.
local function key(i)
  local bytes = {}
  for place = 1, 64 do
    bytes[place] = "x"
  end
  for place = 2, 62, 3 do
    bytes[place] = string.char(97 + i % 2)
    i = math.floor(i / 2)
  end
  return table.concat(bytes)
end
local t = {}
for i = 1, 200 do
  t[key(i)] = i
end
local found = 0
for i = 1, 200 do
  found = found + rawget(t, key(i))
end
print(found, next(t) == key(t[next(t)]))
--> 20100	true
