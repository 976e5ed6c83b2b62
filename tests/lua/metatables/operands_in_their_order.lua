-- An arithmetic metamethod gets its operands as they stand in the source, constants too.
local mt = {}
local function name(v) return type(v) == "table" and v.name or tostring(v) end
for _, event in ipairs { "add", "sub", "mul", "div", "mod", "pow" } do
  mt["__" .. event] = function(a, b) return event .. "(" .. name(a) .. "," .. name(b) .. ")" end
end
mt.__unm = function(a, b) return "unm(" .. name(a) .. ")" .. tostring(rawequal(a, b)) end
local t = setmetatable({ name = "t" }, mt)
local n, s = 7, "8"
print(t + 1, 1 + t, t + n, n + t, t + t)
print(t - 1, 1 - t, t - n, n - t, t - s)
print(t * 2, 2 * t, t * n, n * t, s * t)
print(t / 2, 2 / t, t / n, n / t, t / t)
print(t % 2, 2 % t, t ^ 2, 2 ^ t, t % n, n ^ t, -t)
local u = setmetatable({ name = "u" }, {})
print(u + t, pcall(function() return u + 1 end))
--> add(t,1)	add(1,t)	add(t,7)	add(7,t)	add(t,t)
--> sub(t,1)	sub(1,t)	sub(t,7)	sub(7,t)	sub(t,8)
--> mul(t,2)	mul(2,t)	mul(t,7)	mul(7,t)	mul(8,t)
--> div(t,2)	div(2,t)	div(t,7)	div(7,t)	div(t,t)
--> mod(t,2)	mod(2,t)	pow(t,2)	pow(2,t)	mod(t,7)	pow(7,t)	unm(t)true
--> add(u,t)	false	operands_in_their_order.lua:16: attempt to perform arithmetic on upvalue 'u' (a table value)
