-- os.entropy gives as many random bytes of the host as are asked for; the host of the tests has no random ones.
print(os.entropy(8), #os.entropy(0), #os.entropy(1024))  --> ????????	0	1024
print(pcall(os.entropy, 1025))  --> false	bad argument #1 to '?' (0 to 1024 bytes expected)
print(pcall(os.entropy, -1))  --> false	bad argument #1 to '?' (0 to 1024 bytes expected)
print(pcall(os.entropy))  --> false	bad argument #1 to '?' (number expected, got no value)
print(pcall(ring.run, 3, function() return os.entropy(1) end))  --> true	false	entropy.lua:6: 'os.entropy' is not allowed in ring 3 (needs ring 2)
