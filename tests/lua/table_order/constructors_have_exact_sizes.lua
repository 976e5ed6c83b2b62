-- A constructor makes its parts in the sizes that it counts, which the order of the fields shows.
local function show(t)
  for key in pairs(t) do
    io.write(tostring(key), " ")
  end
  print(#t)
end
show { x = 1, y = 2, z = 3, 10, 20, 30 }
show { 10, nil, 30, nil }
show { [1] = 1, [2] = 2, [4] = 4, w = 0 }
show { n = 0, unpack({ 1, 2, 3, nil, 5 }, 1, 5) }
show { "a", "b", [3] = "c", [10] = "d" }
--> 1 2 3 y x z 3
--> 1 3 1
--> 1 2 4 w 4
--> 1 2 3 5 n 5
--> 1 2 3 10 3
