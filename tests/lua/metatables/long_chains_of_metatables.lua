-- Up to a hundred tables are looked at, one after the other, for a field or for a place for it.
local function chain(event, n)
  local first = { found = "yes" }
  local t = first
  for i = 2, n do t = setmetatable({}, { [event] = t }) end
  return t, first
end
for _, n in ipairs({ 8, 9, 16, 17, 24, 99, 100 }) do
  local reads = chain("__index", n)
  local writes, first = chain("__newindex", n)
  for i = 1, 20 do assert(reads.found == "yes") writes.x = i end
  assert(first.x == 20)
end
print(pcall(function() return chain("__index", 101).found end))  --> false	long_chains_of_metatables.lua:14: loop in gettable
print(pcall(function() chain("__newindex", 101).x = 1 end))  --> false	long_chains_of_metatables.lua:15: loop in settable
