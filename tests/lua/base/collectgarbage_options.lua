-- `collectgarbage` gives numbers, and collects on demand.
print(type(collectgarbage("count")), collectgarbage("collect"), collectgarbage())  --> number	0	0
print(collectgarbage("stop"), collectgarbage("restart"), type(collectgarbage("step")))  --> 0	0	boolean
