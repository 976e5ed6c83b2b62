-- Escapes in quoted strings become single bytes.
print(("\a\b\f\n\r\t\v\\\"\'"):byte(1, -1))  --> 7	8	12	10	13	9	11	92	34	39
print("\65\066\0067", #"\0\00\000", "tab\there")  --> AB7	3	tab	here
