-- Setting the pause or the step multiplier gives the former value.
print(collectgarbage("setpause", 150), collectgarbage("setpause", 200))  --> 200	150
print(collectgarbage("setstepmul", 300), collectgarbage("setstepmul", 200))  --> 200	300
