-- A caught table can be thrown again unchanged.
local e = setmetatable({}, { __tostring = function() return "E" end })
local ok, got = pcall(function()
  local _, caught = pcall(error, e)
  error(caught)
end)
print(ok, got == e, tostring(got))  --> false	true	E
