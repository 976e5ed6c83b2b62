-- `os.exit(true)` ends a program well.
print("before")  --> before
os.exit(true)
print("never")
