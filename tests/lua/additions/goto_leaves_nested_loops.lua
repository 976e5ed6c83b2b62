-- A jump leaves several loops at once.
for i = 1, 3 do
  for j = 1, 3 do
    for _, k in ipairs{1, 2, 3} do
      if i * j * k == 4 then goto found end
      print(i, j, k)
    end
  end
end  --> 1	1	1
print("not reached")  --> 1	1	2
::found::  --> 1	1	3
print("found")  --> 1	2	1
--> found
