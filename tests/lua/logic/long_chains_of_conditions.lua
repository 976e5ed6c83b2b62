-- A long condition with both connectives decides a branch correctly.
local function kind(y)
  if y % 4 == 0 and y % 100 ~= 0 or y % 400 == 0 then return "leap" else return "common" end
end
print(kind(2000), kind(1900), kind(2004), kind(2001))  --> leap	common	leap	common
