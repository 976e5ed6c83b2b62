-- `%1` in a pattern matches what the first capture held.
print(([[say "hi" or 'no']]):match([[(["'])(.-)%1]]))  --> "	hi
print(("abab"):match("^(ab)%1$"), ("abba"):match("^(ab)%1$"))  --> ab	nil
