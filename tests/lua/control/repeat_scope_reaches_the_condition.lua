-- The until condition sees the locals of the body.
local turns = 0
repeat
  turns = turns + 1
  local done = turns == 3
until done
print(turns)  --> 3
