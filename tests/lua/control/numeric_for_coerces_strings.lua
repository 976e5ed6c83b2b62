-- Bounds that read as numbers are accepted, and the variable is a number.
for i = "1", "2" do print(i, type(i)) end
--> 1	number
--> 2	number
