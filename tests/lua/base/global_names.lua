-- The standard globals are present with their types.
local functions = [[
  assert collectgarbage dofile error getfenv getmetatable ipairs load loadfile loadstring module next pairs pcall print
  rawequal rawget rawset require select setfenv setmetatable tonumber tostring type unpack xpcall]]
local missing = {}
for name in functions:gmatch("%a+") do
  if type(_G[name]) ~= "function" then missing[#missing + 1] = name end
end
for name in ("coroutine debug io math os package string table"):gmatch("%a+") do
  if type(_G[name]) ~= "table" then missing[#missing + 1] = name end
end
print("missing: " .. table.concat(missing, " ") .. ".")  --> missing: .
