-- Allocation: search trees that grow and shrink, with much of them alive.
local size = tonumber(arg and arg[1]) or 25000

local function insert(node, key)
  if not node then return { key = key, count = 1 } end
  if key < node.key then
    node.left = insert(node.left, key)
  elseif key > node.key then
    node.right = insert(node.right, key)
  else
    node.count = node.count + 1
  end
  return node
end

local function depth(node)
  if not node then return 0 end
  return 1 + math.max(depth(node.left), depth(node.right))
end

local function copy(node)
  if not node then return nil end
  return { key = node.key, count = node.count, left = copy(node.left), right = copy(node.right) }
end

local root, x = nil, 1
for _ = 1, size do
  x = (x * 48271) % 2147483647
  root = insert(root, x % (size * 2))
end
local deepest = 0
for _ = 1, 15 do deepest = depth(copy(root)) end
print(deepest)
