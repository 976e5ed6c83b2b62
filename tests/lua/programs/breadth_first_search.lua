-- The shortest way through a maze is found by breadth.
local maze = {
  "S.#.....",
  ".##.###.",
  "....#.#.",
  ".##.#.#.",
  "...#...E",
}
local function find(c) for y, row in ipairs(maze) do local x = row:find(c, 1, true) if x then return x, y end end end
local sx, sy = find("S")
local ex, ey = find("E")
local distance, queue, head = { [sy * 100 + sx] = 0 }, { { sx, sy } }, 1
while queue[head] do
  local x, y = unpack(queue[head])
  head = head + 1
  for _, d in ipairs { { 1, 0 }, { -1, 0 }, { 0, 1 }, { 0, -1 } } do
    local nx, ny = x + d[1], y + d[2]
    local row = maze[ny]
    if row and nx >= 1 and nx <= #row and row:sub(nx, nx) ~= "#" and not distance[ny * 100 + nx] then
      distance[ny * 100 + nx] = distance[y * 100 + x] + 1
      queue[#queue + 1] = { nx, ny }
    end
  end
end
print(distance[ey * 100 + ex], #queue)  --> 15	27
