-- What is in a large table stays in it while the collector scans it and new keys move others to other places.
local N = 8192
-- In tests, the heap is looked through whenever a program asks its host.
local look = os.clock
names = {}
local function add(i)
  names["name " .. i] = true
  -- One of the pieces in which the collector scans.
  collectgarbage("step", 4)
end
for i = 1, N do
  if i < N - 1200 then
    names["name " .. i] = true
  else
    add(i)
    if i % 8 == 0 then look() end
  end
end
-- The table is full: every new key makes it anew.
for i = 1, 150 do
  names["name " .. i] = nil
  add(N + i)
  look()
end
local count = 0
for name in pairs(names) do
  count = count + 1
end
for i = 151, N + 150 do assert(names["name " .. i]) end
print(count)  --> 8192
