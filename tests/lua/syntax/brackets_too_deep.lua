-- Brackets nested beyond two hundred levels are an error, and fewer are fine.
local function nest(n) return loadstring("return " .. ("("):rep(n) .. "1" .. (")"):rep(n), "=s") end
print(nest(250))  --> nil	s:1: chunk has too many syntax levels
print(nest(150)())  --> 1
