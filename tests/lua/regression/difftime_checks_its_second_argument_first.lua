-- os.difftime looks at its second argument before the first.
print(pcall(os.difftime, {}, {})) --> false	bad argument #2 to '?' (number expected, got table)
print(pcall(os.difftime, {})) --> false	bad argument #1 to '?' (number expected, got table)
