-- Strings longer than a portion come out whole: parts, copies, case and reversal.
local line = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF.\n"
local long = line:rep(600)
print(#long, long:sub(1, 10), long:sub(-5, -2))  --> 26400	0123456789	DEF.
print(long:sub(8190, 8200), long:sub(16383, 16390) == long:sub(16383 % 44, 16390 % 44))  --> 56789abcdef	true

-- Equal strings are the same, however they were made.
local parts = {}
for i = 1, 600 do parts[i] = line end
print(table.concat(parts) == long, ({ [long] = "found" })[table.concat(parts)])  --> true	found

-- Copies of a string that is longer than a portion, and separators across the ends of portions.
local twice = long:rep(2)
print(#twice, twice:sub(26390, 26410) == long:sub(-11) .. long:sub(1, 10))  --> 52800	true
local odd = ("x"):rep(8191)
local pairs_of = (odd .. "-"):rep(3)
print(#pairs_of, pairs_of:find("-", 1, true), (pairs_of:gsub("[^-]", "")))  --> 24576	8192	---

-- Case and reversal.
local upper, back = long:upper(), long:reverse()
print(upper == line:upper():rep(600), upper:lower() == long:lower(), long:lower() == line:lower():rep(600))  --> true	true	true
print(back == line:reverse():rep(600), back:reverse() == long)  --> true	true
for _, n in ipairs { 8191, 8192, 8193, 16384, 16385, 16415 } do
  local s = ("ab"):rep(n):sub(1, n)
  local r = s:reverse()
  assert(#s == n and #r == n and r:reverse() == s and r:byte(1) == s:byte(-1), n)
  assert(s:upper():lower() == s and s:sub(2):byte(1) == 98 and #s:sub(2) == n - 1, n)
end
