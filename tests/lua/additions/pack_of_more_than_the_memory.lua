-- A format that asks for more than the memory there is gives an error.
print(pcall(string.pack, ("c2147483639"):rep(40)))  --> false	not enough memory
print(pcall(string.pack, ("c2147483639"):rep(40), ""))  --> false	not enough memory
