-- `match` takes a start position and gives the whole match without captures.
print(("a1b2c3"):match("%a%d", 3), ("a1b2c3"):match("%d", -1), ("abc"):match("x"), ("abc"):match(".", 4))  --> b2	3	nil	nil
