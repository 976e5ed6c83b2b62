-- Trees are built and counted, and leave garbage behind.
local function build(depth) if depth == 0 then return {} end return { build(depth - 1), build(depth - 1) } end
local function count(tree) if not tree[1] then return 1 end return 1 + count(tree[1]) + count(tree[2]) end
local keep = build(8)
local sum = 0
for _ = 1, 10 do sum = sum + count(build(6)) end
print(count(keep), sum)  --> 511	1270
