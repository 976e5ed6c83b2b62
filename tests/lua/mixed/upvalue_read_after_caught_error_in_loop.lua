-- A loop variable captured before a caught error keeps the value of its own turn.
local fs = {}
for i = 1, 3 do
  pcall(function()
    fs[i] = function() i = i + 1 return i end
    error("x")
  end)
end
print(fs[1](), fs[2](), fs[3](), fs[1]())  --> 2	3	4	3
