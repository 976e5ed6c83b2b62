-- What a call has left in registers that are free keeps nothing from being collected.
local weak = setmetatable({}, { __mode = "v" })
local function leave(n)
  local a, b, c = { n }, { n }, { n }
  weak[1], weak[2], weak[3] = a, b, c
end
local function collect()
  leave(1)
  -- Collections come where `{}` is made, and the registers of the call are this function's.
  for i = 1, 200000 do local x = {} end
  local a, b, c, d, e, f
  return #weak, a, b, c, d, e, f
end
print((collect())) --> 0
