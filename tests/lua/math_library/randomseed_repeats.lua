-- The same seed gives the same numbers again.
local function draw() math.randomseed(42) return math.random(1000), math.random(1000), math.random() end
local a, b, c = draw()
local d, e, f = draw()
print(a == d, b == e, c == f)  --> true	true	true
