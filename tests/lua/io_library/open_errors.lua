-- A file that cannot be opened gives nil, a message and a code.
print(io.open("no/such/dir/file"))  --> nil	no/such/dir/file: No such file or directory	2
print(io.open("/", "w"))  --> nil	/: Is a directory	21
print(pcall(io.lines, "no/such/file"))  --> false	bad argument #1 to '?' (no/such/file: No such file or directory)
