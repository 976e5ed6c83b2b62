-- A pattern may hold 32 captures and not one more.
print(select("#", ("a"):rep(32):match(("(a)"):rep(32))))  --> 32
print(pcall(function() return ("a"):rep(33):match(("(a)"):rep(33)) end))  --> false	thirty_two_captures.lua:3: too many captures
