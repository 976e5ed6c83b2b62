-- Modulo is a - floor(a/b)*b, so an infinite divisor gives nan.
local inf = math.huge
local r = 5 % inf
print(r ~= r, (-5 % inf) ~= (-5 % inf))  --> true	true
