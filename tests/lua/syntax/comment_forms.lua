-- A short comment ends with its line, a long one with its bracket.
print(loadstring("return 1 --[ not long\n")())  --> 1
print(loadstring("return --[==[ ]] \n ]==] 2")())  --> 2
print(loadstring("--[[x]]return 3")(), loadstring("return 4 --")())  --> 3	4
