-- `nups` of a function of the library is the number that it has in C; nobody can reach them.
local function count(f)
  return debug.getinfo(f, "u").nups, select("#", debug.getupvalue(f, 1)), select("#", debug.setupvalue(f, 1, nil))
end
print(count(print))  --> 0	0	0
print(count(pairs))  --> 1	0	0
print(count(ipairs))  --> 1	0	0
print(count(newproxy))  --> 1	0	0
print(count(next))  --> 0	0	0
print(count(string.gmatch("a", "a")))  --> 3	0	0
print(count(io.stdout:lines()))  --> 2	0	0
print(count(coroutine.wrap(function() end)))  --> 1	0	0
