-- A queue with two ends keeps its items between two indices.
local Queue = {}
Queue.__index = Queue
function Queue.new() return setmetatable({ first = 0, last = -1 }, Queue) end
function Queue:push_left(v) self.first = self.first - 1 self[self.first] = v return self end
function Queue:push_right(v) self.last = self.last + 1 self[self.last] = v return self end
function Queue:pop_left()
  if self.first > self.last then return nil, "empty" end
  local v = self[self.first]
  self[self.first] = nil
  self.first = self.first + 1
  return v
end
function Queue:pop_right()
  if self.first > self.last then return nil, "empty" end
  local v = self[self.last]
  self[self.last] = nil
  self.last = self.last - 1
  return v
end

local q = Queue.new()
q:push_right("b"):push_right("c"):push_left("a")
print(q:pop_left(), q:pop_right(), q:pop_left())  --> a	c	b
print(q:pop_left())  --> nil	empty
for i = 1, 500 do q:push_right(i) end
local sum = 0
for i = 1, 250 do sum = sum + q:pop_left() - q:pop_right() end
print(sum, q:pop_right())  --> -62500	nil	empty
