-- debug.traceback takes its last argument for the level when there is one, and joins what is left.
print((string.gsub(debug.traceback("a", 100, "b"), "\n", "/"))) --> a100/stack traceback:
print(pcall(debug.traceback, "a", print)) --> false	attempt to concatenate a function value
print(pcall(debug.traceback, nil, 5, "last")) --> true	5
print(debug.traceback({}, "not a level")) --> not a level
