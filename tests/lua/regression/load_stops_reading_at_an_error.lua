-- load calls its reader no more after a syntax error, and goes on at the end of an incomplete text.
local function reader(text)
  local i = 0
  return function()
    i = i + 1
    local c = text:sub(i, i)
    return c ~= "" and c or nil
  end, function() return i end
end
local read, count = reader("*a = 123")
local f, message = load(read)
print(f, message, count())
read, count = reader("return 'abc' .. 1 ~= --[[x]] 2")
print(load(read)(), count())
print(load(function() return "x = = 1 " end, "=endless"))
--> nil	(load):1: unexpected symbol near '*'	2
--> true	31
--> nil	endless:1: unexpected symbol near '='
