-- `os.exit` ends the program at once, and what was printed before stays.
print("before")  --> before
pcall(function() os.exit(0) end)
print("never")
