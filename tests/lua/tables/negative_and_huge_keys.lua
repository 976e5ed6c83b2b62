-- Any number but nan is a key.
local t = {}
t[-1] = "minus"
t[2 ^ 53] = "large"
t[math.huge] = "infinite"
t[-math.huge] = "below"
print(t[-1], t[2 ^ 53], t[1 / 0], t[-1 / 0], t[1e300])  --> minus	large	infinite	below	nil
