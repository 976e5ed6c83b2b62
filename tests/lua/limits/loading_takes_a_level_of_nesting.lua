-- What a program compiles itself may nest one level less than what the host compiles.
local function most(text)
  local found
  for n = 150, 210 do
    if loadstring("x = " .. text:rep(n) .. "x") then found = n end
  end
  return found
end
print(most("- "), most("a .. "))  --> 196	196
print(select(2, loadstring(("a, "):rep(199) .. "a = 1", "=s")))  --> s:1: main function has more than 197 variables in assignment
