-- Two reads in a row, or a product and a sum: each of them may need a metamethod, fail, or be jumped to.
local t, u = { 10, 20, 30 }, { 1, 2, 3 }
local by = setmetatable({}, { __index = function(_, k) return "by " .. tostring(k) end })
local function both(a, b, i, j) local x, y = a[i], b[j] return x, y end
print(both(t, u, 1, 2)) --> 10	2
print(both(by, u, 1, 2)) --> by 1	2
print(both(t, by, 1, 2)) --> 10	by 2
print(both(by, by, 4, 5)) --> by 4	by 5
print(both(t, u, 4, 0)) --> nil	nil
print(both(t, u, "x", 3)) --> nil	3
print(both(t, u, 1.5, -1)) --> nil	nil
print(select(2, pcall(both, nil, u, 1, 1))) --> two_operations_in_a_row.lua:4: attempt to index local 'a' (a nil value)
print(select(2, pcall(both, t, 7, 1, 1))) --> two_operations_in_a_row.lua:4: attempt to index local 'b' (a number value)
local function chain(a, i, j) return a[i][j] end
print(chain({ { 5 }, by }, 1, 1), chain({ { 5 }, by }, 2, 9)) --> 5	by 9
print(select(2, pcall(chain, {}, 1, 1))) --> two_operations_in_a_row.lua:14: attempt to index field '?' (a nil value)
local function jump(c, i, j)
  local x, y
  if c then x = t[i] end
  y = u[j]
  return x, y
end
print(jump(true, 1, 2)) --> 10	2
print(jump(false, 1, 2)) --> nil	2

local number = setmetatable({}, {
  __mul = function(a, b) return type(a) == "number" and a or b end,
  __add = function() return "sum" end,
})
local function product(a, b, c) local p = a * b local s = p + c return p, s end
print(product(2, 3, 4)) --> 6	10
print(product("2", "3", "4")) --> 6	10
print(product(number, 5, 4)) --> 5	9
print(product(3, 5, number)) --> 15	sum
print(product(5, number, number)) --> 5	sum
print(product(0, 1 / 0, 1) ~= product(0, 1 / 0, 1), (select(2, product(1, 1 / 0, -1 / 0))) ~= 0) --> true	true
print(select(2, pcall(product, {}, 1, 1))) --> two_operations_in_a_row.lua:30: attempt to perform arithmetic on local 'a' (a table value)
print(select(2, pcall(product, 1, 1, {}))) --> two_operations_in_a_row.lua:30: attempt to perform arithmetic on local 'c' (a table value)
local function skip(c, a, b)
  local x, y = 0, 0
  if c then x = a * b end
  y = a + b
  return x, y
end
print(skip(true, 3, 4)) --> 12	7
print(skip(false, 3, 4)) --> 0	7
local all = 0
for i = 1, 3 do all = all + t[i] * u[i] end
print(all) --> 140
