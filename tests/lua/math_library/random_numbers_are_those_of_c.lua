-- Random numbers are the sequence of the GNU C library, from seed 1 when no seed is given.
for _ = 1, 3 do
  io.write(math.random(1000), " ")
end
print()
for _, seed in ipairs { 0, 1, 42, -1, 2 ^ 31 - 1 } do
  math.randomseed(seed)
  print(math.random(100), math.random(-5, 7), ("%.17g"):format(math.random()))
end
print(pcall(math.random, 0))
print(pcall(math.random, 2, 1))
print(pcall(math.random, 1, 2, 3))
--> 841 395 784 
--> 85	0	0.78309922375860586
--> 85	0	0.78309922375860586
--> 4	-1	0.69063570429134913
--> 12	2	0.1704914607901552
--> 50	7	0.49665867141292369
--> false	bad argument #1 to '?' (interval is empty)
--> false	bad argument #2 to '?' (interval is empty)
--> false	wrong number of arguments
