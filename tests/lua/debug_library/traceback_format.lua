-- A traceback lists a line for each level under its message.
local function inner() return (debug.traceback("message")) end
local function outer() local text = inner() return text end
local text = outer()
local n = 0
for line in text:gmatch("[^\n]+") do n = n + 1 if n <= 4 then io.write(line:gsub("\t", "  "), "\n") end end
--> message
--> stack traceback:
-->   traceback_format.lua:2: in function 'inner'
-->   traceback_format.lua:3: in function 'outer'
