-- The iterator of `io.lines` closes its file, and calling it again is an error.
local name = os.tmpname()
local it = io.lines(name)
print(it())  -->
print(pcall(it))  --> false	file is already closed
os.remove(name)
