-- The arguments of table.move are checked in their order; no place may be beyond the largest integer.
local function try(...)
  return (select(2, pcall(...)))
end
local function move(...)
  local t = table.move(...)
end
print(try(move))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #1 to 'move' (table expected, got no value)
print(try(move, {}))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #2 to 'move' (number expected, got no value)
print(try(move, {}, 1))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #3 to 'move' (number expected, got no value)
print(try(move, {}, 1, 2))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #4 to 'move' (number expected, got no value)
print(try(move, {}, "x", 2, 3))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #2 to 'move' (number expected, got string)
print(try(move, {}, 1, 2, 3, 4))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #5 to 'move' (table expected, got number)
print(try(move, {}, -2 ^ 63, 2 ^ 62, 1))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #3 to 'move' (too many elements to move)
print(try(move, {}, 1, 2 ^ 62, 2 ^ 62 + 2 ^ 61))  --> table_move_refuses_what_is_wrong.lua:6: bad argument #4 to 'move' (destination wrap around)
print(#table.move({ 1, 2, 3 }, "1", 3.9, 2.5))  --> 4
