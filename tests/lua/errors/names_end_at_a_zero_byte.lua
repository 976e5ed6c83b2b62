-- Names of fields in messages are C strings: they end before their first zero byte.
local t = {}
local function message(f) return (select(2, pcall(f)):match(": (.*)")) end
print(message(function() t["a\0b"]() end))  --> attempt to call field 'a' (a nil value)
print(message(function() t["a\0b"].x = 1 end))  --> attempt to index field 'a' (a nil value)
print(message(function() return t["a\0b"] + 1 end))  --> attempt to perform arithmetic on field 'a' (a nil value)
print(message(function() return t["\0"] .. "" end))  --> attempt to concatenate field '' (a nil value)
t["f\0g"] = math.floor
print(message(function() t["f\0g"]({}) end))  --> bad argument #1 to 'f' (number expected, got table)
t["f\0g"] = function() return debug.getinfo(1, "n").name end
local name = t["f\0g"]()
print(name, #name)  --> f	1
t["f\0g"] = function() local text = debug.traceback("") return text end
local text = t["f\0g"]()
print(text:match("in function ('[^']*')"))  --> 'f'
