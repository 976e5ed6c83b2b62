-- An error nobody catches ends the script with its message.
print("one")  --> one
error("goodbye")  --> error: uncaught_error_ends_the_script.lua:3: goodbye
print("two")
