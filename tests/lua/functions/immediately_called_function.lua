-- A function expression in parentheses can be called on the spot.
print((function(a, b) return a * b end)(6, 7));  --> 42
(function() print("statement") end)()  --> statement
