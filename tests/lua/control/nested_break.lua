-- `break` leaves the innermost loop only.
local out = {}
for i = 1, 3 do
  for j = 1, 3 do
    if j == 2 then break end
    out[#out + 1] = i .. j
  end
  while true do break end
  repeat if i == 2 then break end until true
end
print(table.concat(out, " "))  --> 11 21 31
