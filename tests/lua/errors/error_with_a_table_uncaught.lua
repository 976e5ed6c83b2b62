-- An uncaught error value that is no string ends the script with a fixed text.
print("before")  --> before
error({})
--> error: (error object is not a string)
