-- %g is every byte that can be seen, %G every other one.
print(("a b\tc!~\127\200"):gsub("%g", "."))  --> . .	...È	5
print((("a b\tc!~\127\200"):gsub("%G", "_")))  --> a_b_c!~__
print(("  x-y  "):match("%g+"), ("  x-y  "):find("[%g%s]+"), ("ab c"):match("[^%g]"), ("ab\1"):match("[%G]") == "\1")  --> x-y	1	 	true
local n = 0
for i = 0, 255 do
  if string.char(i):find("^%g$") then
    n = n + 1
  end
end
print(n)  --> 94
