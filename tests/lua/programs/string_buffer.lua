-- A buffer merges short pieces like a tower of Hanoi.
local function buffer() return { "" } end
local function add(stack, s)
  stack[#stack + 1] = s
  for i = #stack - 1, 1, -1 do
    if #stack[i] > #stack[i + 1] then break end
    stack[i] = stack[i] .. table.remove(stack)
  end
end

local b, plain = buffer(), {}
for i = 1, 300 do
  local piece = ("%d,"):format(i)
  add(b, piece)
  plain[i] = piece
end
local text = table.concat(b)
print(text == table.concat(plain), #text, #b < 12)  --> true	1092	true
