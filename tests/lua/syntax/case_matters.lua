-- Names differ by case, and a capitalised keyword is a name.
local And, END, aND = 1, 2, 3
print(And + END + aND)  --> 6
