-- A format that begins with `!` is in universal time.
print(os.date("!%Y-%m-%d %H:%M:%S", 0))  --> 1970-01-01 00:00:00
print(os.date("!%Y-%m-%d %H:%M:%S", 86400 * 365))  --> 1971-01-01 00:00:00
print(os.date("!%d/%m/%y %j %p %%", 1e9))  --> 09/09/01 252 AM %
