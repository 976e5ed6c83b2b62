-- Level 1 is the running function, and its line is the line of the call.
local function here() return debug.getinfo(2, "l").currentline end
print(debug.getinfo(1, "l").currentline)  --> 3
print(here(),  --> 4	1
  1)
local x = here()
print(x)  --> 6
