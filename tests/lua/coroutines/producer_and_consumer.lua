-- A filter between producer and consumer numbers the lines.
local function producer()
  return coroutine.wrap(function()
    for w in ("to be or"):gmatch("%a+") do coroutine.yield(w) end
  end)
end
local function filter(source)
  return coroutine.wrap(function()
    local n = 0
    for w in source do
      n = n + 1
      coroutine.yield(n .. " " .. w)
    end
  end)
end
local out = {}
for line in filter(producer()) do out[#out + 1] = line end
print(table.concat(out, ","))  --> 1 to,2 be,3 or
