-- select gives one value, all from a place on, or their number.
local function f(...)
  local n, one, two = select("#", ...), select(2, ...)
  return n, one, two, (select(1, ...)), (select(-1, ...))
end
print(f(1, 2, 3))
print(f(nil, nil))
print(pcall(select, -3, 1, 2))
print(pcall(select, 0, 1))
print(select("#"), select("#", nil), select(5, 1, 2), select(2, "a", "b", "c"))
print((select(3, 1, 2)), select("2", "x", "y"), select(1.9, "x", "y"))
local function count(...) return select("#", ...) end
print(count(select(3, 1, 2, 3, 4, 5)), count(select(300, unpack({}, 1, 240))), count(select(2, unpack({}, 1, 252))))
select(1)
--> 3	2	3	1	3
--> 2	nil	nil	nil	nil
--> false	bad argument #1 to '?' (index out of range)
--> false	bad argument #1 to '?' (index out of range)
--> 0	1	nil	b	c
--> nil	y	x	y
--> 3	0	251
