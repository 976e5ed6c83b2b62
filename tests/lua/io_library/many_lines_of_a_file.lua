-- Lines that are read ahead are those that a line at a time gives: empty and long ones, and an unfinished last one.
local name = os.tmpname()
local file = assert(io.open(name, "w"))
for i = 1, 300 do
  file:write(i, string.rep("x", i % 7 * i), "\n")
end
file:write("\n\nlast")
file:close()

local ahead, single = {}, {}
for line in io.lines(name) do ahead[#ahead + 1] = line end
local file = io.open(name)
for line in file:lines() do single[#single + 1] = line end
file:close()
print(#ahead, #single, ahead[301] == "", ahead[303]) --> 303	303	true	last
print(table.concat(ahead, "\n") == table.concat(single, "\n")) --> true

-- Two iterators over one file do not take each other's lines.
local one, other = io.lines(name), io.lines(name)
one() one()
print(other(), (one():gsub("x+", ""))) --> 1x	3

-- The end closes the file, once.
local iterator = io.lines(name)
for i = 1, 303 do iterator() end
print(iterator()) -->
print(pcall(iterator)) --> false	file is already closed
os.remove(name)
