-- `%f[set]` matches where the set begins.
print(("THE (quick) fox"):find("%f[%a]%a+%f[%A]"))  --> 1	3
print((("hello world"):gsub("%f[%w]%w", string.upper)))  --> Hello World
