-- Long texts, many arguments and costly digits are formatted in portions: the result is the same.
local function sum(s)
  local a, b = 0, #s
  for i = 1, #s, 37 do a = (a * 31 + s:byte(i)) % 1000003 end
  return a, b
end

-- A long string is quoted piece by piece, whatever lies at the edges.
print(sum(('%q'):format(('x'):rep(4095) .. '"\n\r\0\\' .. ('y\n'):rep(4000))))  --> 593396	16109
print(sum(('<%q|%s|%q>'):format(('ab'):rep(5000), ('c'):rep(9000), ('"'):rep(4097))))  --> 814637	27202
-- Texts and escapes between directives.
print(sum((('%%'):rep(3000) .. ('x'):rep(4500) .. '%d' .. ('%%y'):rep(3000)):format(7)))  --> 106420	13501
print(sum((('x'):rep(4095) .. '%5d|%-6s|' .. ('x'):rep(4095) .. '%%'):format(42, 'ab')))  --> 513013	8204
-- Many arguments.
local t = {}
for i = 1, 150 do t[i] = i * 1.25 end
print(sum(('%d,%5.1f;%s'):rep(50):format(unpack(t))))  --> 857348	693
-- Digits that cost much.
for i = 1, 60 do t[i] = 2 ^ (i * 17) end
print(sum(('%.60f %.20e'):rep(30):format(unpack(t))))  --> 6213	7281
-- Errors, each behind much.
print(pcall(string.format, ('x'):rep(9000) .. '%d'))  --> false	bad argument #2 to '?' (no value)
print(pcall(string.format, ('x'):rep(9000) .. '%y', 1))  --> false	invalid option '%y' to 'format'
print(pcall(string.format, ('%d'):rep(80) .. '%d', unpack(t, 1, 80)))  --> false	bad argument #82 to '?' (no value)
print(pcall(string.format, ('x'):rep(9000) .. '%d', 'z'))  --> false	bad argument #2 to '?' (number expected, got string)
print(pcall(string.format, '%' .. ('-'):rep(9000) .. 'd', 1))  --> false	invalid format (repeated flags)
print(pcall(string.format, ('x'):rep(9000) .. '%123d', 1))  --> false	invalid format (width or precision too long)
print(#('%s%s'):format(('x'):rep(9000), 1.5), #('%10s'):format(('x'):rep(9000)), #('%.10s'):format(('x'):rep(9000)))  --> 9003	9000	10
