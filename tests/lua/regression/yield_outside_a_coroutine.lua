-- The main program cannot yield, and is told so in the words of 5.1.
print(pcall(coroutine.yield, 1))
--> false	attempt to yield across metamethod/C-call boundary
