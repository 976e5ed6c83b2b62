-- Leaving a loop by break keeps the captured value.
local get
for i = 1, 10 do
  get = function() return i end
  if i == 4 then break end
end
print(get())  --> 4
