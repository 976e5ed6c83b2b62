-- In gmatch a `^` matches no anchor: it is the plain character.
local n = 0
for _ in ("aaa"):gmatch("^a") do n = n + 1 end
print(n, ("x^a"):gmatch("^a")())  --> 0	^a
