-- A large structure is intact after many collections.
local root = {}
for i = 1, 500 do root[i] = { id = i, name = "n" .. i, next = root[i - 1] } end
for _ = 1, 5 do collectgarbage() end
local n, node = 0, root[500]
while node do assert(node.name == "n" .. node.id) n = n + 1 node = node.next end
print(n)  --> 500
