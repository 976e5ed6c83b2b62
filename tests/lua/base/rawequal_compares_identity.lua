-- `rawequal` compares without metamethods and without coercion.
local t = {}
print(rawequal(t, t), rawequal(t, {}), rawequal(1, 1), rawequal("a", "a"), rawequal(1, "1"))  --> true	false	true	true	false
