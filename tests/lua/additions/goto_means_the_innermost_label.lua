-- Of labels with one name a jump means the innermost, also when that one is further on.
local turns = 0
::x::
turns = turns + 1
do
  if turns < 9 then goto x end
  print("skipped")
  ::x::
end
print("outer", turns)  --> outer	1
if turns < 3 then goto x end  --> outer	2
print("end")  --> outer	3
--> end
