-- An error that nobody catches ends the script, however many variables it leaves that functions have captured.
local names = {}
for i = 1, 40 do names[i] = "v" .. i end
local list, values = table.concat(names, ", "), ("n, "):rep(39) .. "n"
local deep = loadstring([[
  local keep = ...
  local function deep(n)
    local ]] .. list .. " = " .. values .. [[

    keep[n] = function() return ]] .. list .. [[ end
    if n == 0 then error("oh", 0) end
    return 1 + deep(n - 1)
  end
  return deep]], "=deep")

local kept = {}
print(pcall(deep(kept), 30))  --> false	oh
print(select(40, kept[30]()), (kept[0]()))  --> 30	0
deep(kept)(30)  --> error: oh
