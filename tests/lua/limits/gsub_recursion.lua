-- A replacement function may call gsub again, to some depth.
local function nest(n) return (("x"):gsub("x", function() if n == 0 then return "end" end return nest(n - 1) end)) end
print(nest(50))  --> end
