-- string.match that has to give bytes back.
local n = tonumber((...)) or 390000

local sum = 0
local match = string.match
local path = "/usr/local/share/lua/module_name.lua"
for i = 1, n do
  sum = sum + #match(path, "^(.*)/[^/]*$")
end
print(sum)
