-- The old `gcinfo` still gives the memory in use.
print(type(gcinfo()), gcinfo() > 0)  --> number	true
