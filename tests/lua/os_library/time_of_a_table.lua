-- `os.time` reads a table of fields, and differences are seconds.
local a = os.time { year = 2020, month = 1, day = 1, hour = 12 }
local b = os.time { year = 2020, month = 1, day = 2, hour = 12 }
print(b - a, os.difftime(b, a), type(os.time()))  --> 86400	86400	number
