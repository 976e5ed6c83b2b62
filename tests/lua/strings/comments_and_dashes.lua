-- Short and long comments vanish wherever white space may stand.
local a = --[[ inside ]] 1 --[==[ a
longer ]] one ]==] + 2 -- and a short one
print(a) --[[ closed on its line ]] print(a * 2)
--> 3
--> 6
