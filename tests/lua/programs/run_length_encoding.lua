-- A back-reference loop packs runs and a gsub unpacks them.
local function pack(s)
  local out, i = {}, 1
  while i <= #s do
    local c = s:sub(i, i)
    local j = i
    while s:sub(j + 1, j + 1) == c do j = j + 1 end
    out[#out + 1] = (j - i + 1) .. c
    i = j + 1
  end
  return table.concat(out)
end
local function unpack_runs(s) return (s:gsub("(%d+)(.)", function(n, c) return c:rep(n) end)) end
local s = "aaabccddddde"
print(pack(s), unpack_runs(pack(s)) == s)  --> 3a1b2c5d1e	true
