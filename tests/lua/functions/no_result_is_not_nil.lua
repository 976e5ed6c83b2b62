-- A function without results gives no value, which counts as nil only when adjusted.
local function none() end
local x = none()
print(x, select("#", none()), select("#", (none())))  --> nil	0	1
print(none(), none())  --> nil
