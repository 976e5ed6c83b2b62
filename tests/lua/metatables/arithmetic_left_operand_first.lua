-- The left operand's handler is preferred, and it gets both operands in order.
local function kind(x) return type(x) == "table" and x.name or x end
local L = setmetatable({ name = "L" }, { __add = function(a, b) return "left " .. kind(a) .. kind(b) end })
local R = setmetatable({ name = "R" }, { __add = function(a, b) return "right " .. kind(a) .. kind(b) end })
print(L + R, R + L, L + 1, 1 + R)  --> left LR	right RL	left L1	right 1R
