-- What a call has left in registers keeps nothing alive, whether the program was saved in between or not.
local function temporaries(n)
  local a, b, c, d, e = { n }, { n }, { n }, { n }, ("x"):rep(n)
  return #e + #a
end
local function more(...)
  local t = { ... }
  local u = { temporaries(3), temporaries(4), select("#", ...) }
  return t[1], u[2]
end
local sum = 0
for i = 1, 300 do sum = sum + more(i, {}, {}) + temporaries(5) end
local t = {}
for i = 1, 20000 do t[i] = { i } end
for i = 1, 300 do sum = sum + more(i, {}, {}) + temporaries(5) + #t[i] end
print(sum, #t) --> 94200	20000
