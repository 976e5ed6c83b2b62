-- A deep stack is shown by its two ends.
local function deep(n) if n == 0 then return debug.traceback("deep") end local t = deep(n - 1) return t end
local text = deep(100)
local _, lines = text:gsub("\n", "")
print(lines < 40, text:find("\n\t...\n", 1, true) ~= nil)  --> true	true
