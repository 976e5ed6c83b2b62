-- In a replacement `%0` is the match and `%1` the first capture.
print(("hello world"):gsub("o", "0"))  --> hell0 w0rld	2
print(("hello world"):gsub("%w+", "<%0>"))  --> <hello> <world>	2
print(("key=value"):gsub("(%w+)=(%w+)", "%2=%1"))  --> value=key	1
print(("abc"):gsub("%w", "%1%1"))  --> aabbcc	3
print(("100%"):gsub("%%", "%%%%"))  --> 100%%	1
