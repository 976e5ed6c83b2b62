-- `unpack` spreads a table over the arguments of a call.
print(math.max(unpack { 3, 9, 4 }))  --> 9
print(("%s-%s"):format(unpack { "a", "b", "c" }))  --> a-b
