-- `fmod` has the sign of the dividend, unlike `%`.
print(math.fmod(5, 3), math.fmod(-5, 3), math.fmod(5, -3), math.fmod(5.5, 2), math.mod == math.fmod)  --> 2	-2	2	1.5	true
