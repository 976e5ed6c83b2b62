-- Run-time errors in a loaded chunk carry its name and line.
print(pcall(loadstring("\n\nlocal t = nil\nt.x = 1", "=chunk")))  --> false	chunk:4: attempt to index local 't' (a nil value)
