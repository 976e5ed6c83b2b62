-- At each event `tail return` one lost call less is seen.
local function inner() return 1 end
local function middle() return inner() end
local function outer() return middle() end
local log = {}
local function hook(event)
  local lost, level = 0, 2
  while debug.getinfo(level, "S") do
    if debug.getinfo(level, "S").what == "tail" then
      lost = lost + 1
    end
    level = level + 1
  end
  log[#log + 1] = event .. " " .. lost
end
debug.sethook(hook, "r")
outer()
debug.sethook()
print(table.concat(log, ", "))  --> return 0, return 2, tail return 1, tail return 0
