-- A table maps the first capture, and a missing or false value keeps the match.
print(("$name is $age, $x"):gsub("%$(%w+)", { name = "Bob", age = 7, x = false }))  --> Bob is 7, $x	3
print(("abc"):gsub("%w", { a = "1", b = true and "2" }))  --> 12c	3
