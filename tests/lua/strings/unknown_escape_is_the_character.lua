-- A backslash before another character stands for that character.
print("\q\w\%\-\/")  --> qw%-/
