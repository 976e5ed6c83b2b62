-- Hooks hear once of an instruction that waits for memory and begins again, and of the one behind it if there is none.
local lines, counted = {}, 0
local function work()
  local text, made = ("x"):rep(300000), 0
  for i = 1, 20 do
    made = made + #(text .. i)
  end
  return made
end
debug.sethook(function(_, line) lines[line] = (lines[line] or 0) + 1 end, "l")
print(ring.run(3, work, { memory = 1e6 }))  --> true	6000031
debug.sethook()
print(lines[5], lines[6], lines[8])  --> 21	20	1

local function count(memory)
  counted = 0
  debug.sethook(function() counted = counted + 1 end, "", 1)
  ring.run(3, work, { memory = memory })
  debug.sethook()
  return counted
end
print(count(1e6) == count(1e8))  --> true

local seen = {}
debug.sethook(function(_, line) seen[#seen + 1] = line end, "l")
pcall(ring.run, 3, function() local text = ("x"):rep(300000) while true do
    text = text .. text
  end end, { memory = 1e6 })
local after = true
debug.sethook()
local first = seen[1]
print(seen[#seen - 1] - first, seen[#seen] - first)  --> 3	4
