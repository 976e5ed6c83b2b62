-- Protected calls, with and without errors.
local size = tonumber(arg and arg[1]) or 2000000

local function check(n)
  if n % 16 == 0 then error("sixteen") end
  if n % 17 == 0 then error({ code = n }) end
  return n
end

local good, texts, tables = 0, 0, 0
for i = 1, size do
  local ok, value = pcall(check, i)
  if ok then
    good = good + 1
  elseif type(value) == "table" then
    tables = tables + 1
  else
    texts = texts + 1
  end
end
print(good, texts, tables)
