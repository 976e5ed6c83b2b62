-- A table that stops being weak holds its values, although the collector has seen it while it was weak.
local weak = {__mode = "kv"}
cache = setmetatable({}, weak)
local function wait(n) for i = 1, n do local junk = {} end end
for round = 1, 200 do
  setmetatable(cache, weak)
  local value, key = {round}, {}
  cache[1], cache[key] = value, round
  wait(30 + round * 7 % 97)
  setmetatable(cache, nil)
  value, key = nil, nil
  wait(90)
  assert(cache[1][1] == round)
  local k, v = next(cache, 1)
  if k == nil then k, v = next(cache) end
  assert(type(k) == "table" and v == round)
  cache[k] = nil
end
print(#cache)  --> 1
