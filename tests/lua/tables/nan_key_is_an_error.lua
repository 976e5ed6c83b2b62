-- Writing with a nan key is an error, reading with it gives nil.
local nan = 0 / 0
local t = {}
print(t[nan])  --> nil
print(pcall(function() t[nan] = 1 end))  --> false	nan_key_is_an_error.lua:5: table index is NaN
