-- Numeric directives take strings that read as numbers.
print(("%d %.1f %x"):format("10", "2.5", "0x10"))  --> 10 2.5 10
print(("%5.1f|%d"):format(" 3 ", "4"))  -->   3.0|4
