-- Not-a-number is unequal to itself and every order comparison with it is false.
local zero = 0
local nan = zero / zero
print(nan == nan, nan ~= nan)  --> false	true
print(nan < nan, nan <= nan, nan > nan, nan >= nan)  --> false	false	false	false
print(nan < 1, nan > 1, 1 < nan, 1 > nan)  --> false	false	false	false
