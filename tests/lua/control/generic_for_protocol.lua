-- The generic loop calls f(s, control) and stops at the first nil.
local calls = {}
local function f(s, c)
  calls[#calls + 1] = s .. ":" .. tostring(c)
  if c < 3 then return c + 1, c * 10 end
end
for i, v in f, "state", 0 do calls[#calls + 1] = i .. "=" .. v end
print(table.concat(calls, " "))  --> state:0 1=0 state:1 2=10 state:2 3=20 state:3
