-- A string that reads as a number is coerced by every arithmetic operator.
print("10" + 5, "3" * "4", "7" - 2, "9" / "2", "7" % "4", "2" ^ "10")  --> 15	12	5	4.5	3	1024
print(-"2", - "0x10")  --> -2	-16
