-- `a > b` is `b < a`, so the error names the right operand first.
print(pcall(function() return {} > 1 end))  --> false	greater_swaps_its_operands.lua:2: attempt to compare number with table
print(pcall(function() return {} >= "x" end))  --> false	greater_swaps_its_operands.lua:3: attempt to compare string with table
