-- Keys that are strings, numbers or booleans come in the order of Lua 5.1's hashes.
local t = {}
for word in ("one two three four five six seven eight nine ten"):gmatch("%a+") do
  t[word] = #word
end
for _, key in ipairs { 10, 20, 2.5, -3, 1e10, 100, true, false } do
  t[key] = key
end
for key in pairs(t) do
  io.write(tostring(key), " ")
end
print()
--> false true 10000000000 ten nine 2.5 two one -3 seven eight six 100 four 20 10 five three 
