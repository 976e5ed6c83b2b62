-- `__eq` is asked for two different tables that share the handler.
local same = function(a, b) return a.n == b.n end
local A, B, C = { __eq = same }, { __eq = same }, { __eq = function() return true end }
local a1, a2, b, c = setmetatable({ n = 1 }, A), setmetatable({ n = 1 }, A), setmetatable({ n = 1 }, B), setmetatable({}, C)
print(a1 == a2, a1 == b, a1 == c, a1 ~= a2, rawequal(a1, a2), a1 == 1)  --> true	true	false	false	false	false
