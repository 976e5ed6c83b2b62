-- A recursive descent parser evaluates arithmetic with precedence.
local function calculate(s)
  local at = 1
  local function peek() at = s:find("%S", at) or #s + 1 return s:sub(at, at) end
  local expression
  local function atom()
    local c = peek()
    if c == "(" then
      at = at + 1
      local v = expression()
      assert(peek() == ")", "')' expected")
      at = at + 1
      return v
    elseif c == "-" then
      at = at + 1
      return -atom()
    end
    local n = s:match("^[%d.]+", at)
    if not n then error("number expected at " .. at, 0) end
    at = at + #n
    return tonumber(n)
  end
  local function level(next_level, ops)
    return function()
      local v = next_level()
      while ops[peek()] and peek() ~= "" do
        local op = ops[peek()]
        at = at + 1
        v = op(v, next_level())
      end
      return v
    end
  end
  local product = level(atom, { ["*"] = function(a, b) return a * b end, ["/"] = function(a, b) return a / b end })
  expression = level(product, { ["+"] = function(a, b) return a + b end, ["-"] = function(a, b) return a - b end })
  return expression()
end

print(calculate("1 + 2 * 3"), calculate("(1 + 2) * 3"), calculate("10 / 4 - -2"), calculate("2*(3+(4-1))*2"))  --> 7	9	4.5	24
print(pcall(calculate, "1 + "))  --> false	number expected at 5
