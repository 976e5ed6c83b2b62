-- Strings made bit by bit: numbers written and read, parts cut and joined.
local size = tonumber(arg and arg[1]) or 300000

local parts, sum = {}, 0
for i = 1, size do
  local s = "k" .. i
  parts[#parts + 1] = s:sub(-3)
  sum = sum + #s + (tonumber(s:sub(2)) or 0) % 7
  if i % 1000 == 0 then
    local joined = table.concat(parts, ",")
    sum = sum + joined:byte(math.floor(#joined / 2)) + select(2, joined:gsub(",", ""))
    parts = {}
  end
end
local lines = ""
for i = 1, math.floor(size / 50) do lines = lines .. string.format("%d:%s;", i, ("x"):rep(i % 10)) end
print(sum, #lines, lines:reverse():sub(1, 8))
