-- Only a call in the last position of a constructor gives all its values.
local function many() return 1, 2, 3 end
print(#{ many() }, #{ many(), many() }, #{ many(), 4 }, #{ (many()) }, #{ 0, many(), nil and 1 })  --> 3	4	2	1	2
