-- A function gets the captures, and nil or false keeps the match.
print(("1 2 3"):gsub("%d", function(d) return d * 2 end))  --> 2 4 6	3
print(("a1b2"):gsub("(%a)(%d)", function(a, d) return d .. a end))  --> 1a2b	2
print(("abc"):gsub("%w", function(c) if c == "b" then return "B" end end))  --> aBc	3
print(("abc"):gsub("%w", function(c) return false end))  --> abc	3
