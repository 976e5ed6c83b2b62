-- Nested comparisons and connectives give values inside a constructor.
local x, y = 3, nil
local t = { x > 2 and x < 5, not (y and x), y == nil and (x == 3 or y) and "in" or "out", (y or x) == x, x ~= y and y }
print(t[1], t[2], t[3], t[4], t[5])  --> true	true	in	true	nil
