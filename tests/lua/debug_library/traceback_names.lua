-- Functions are listed by global, field, method or local name, or by where they were defined.
local seen
local function tb() seen = debug.traceback("", 2) end
function global() tb() end
local t = { field = function() global() end }
function t:method() t.field() end
local function loc() t:method() end
(function() loc() end)()
local n = 0
for line in seen:gmatch("[^\n]+") do n = n + 1 if n > 1 and n < 8 then io.write((line:gsub("\t", "")), "\n") end end
--> traceback_names.lua:4: in function 'global'
--> traceback_names.lua:5: in function 'field'
--> traceback_names.lua:6: in function 'method'
--> traceback_names.lua:7: in function 'loc'
--> traceback_names.lua:8: in function <traceback_names.lua:8>
--> traceback_names.lua:8: in main chunk
