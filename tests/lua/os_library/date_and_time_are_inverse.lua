-- Local fields of a time give the same time back.
local now = 1234567890
print(os.time(os.date("*t", now)) == now)  --> true
