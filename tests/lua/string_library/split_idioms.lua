-- Splitting and trimming by patterns.
local function split(s, sep)
  local out = {}
  for piece in (s .. sep):gmatch("(.-)" .. sep:gsub("%p", "%%%0")) do out[#out + 1] = piece end
  return out
end
print(table.concat(split("a.b..c", "."), "|"), #split("", ","))  --> a|b||c	1
