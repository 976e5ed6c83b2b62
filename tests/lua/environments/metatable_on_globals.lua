-- A metatable on the environment can forbid undeclared globals.
setmetatable(_G, {
  __index = function(_, k) error("undeclared variable " .. k, 2) end,
  __newindex = function(_, k) error("assignment to undeclared " .. k, 2) end,
})
print(pcall(function() return typo end))  --> false	metatable_on_globals.lua:6: undeclared variable typo
print(pcall(function() typo = 1 end))  --> false	metatable_on_globals.lua:7: assignment to undeclared typo
rawset(_G, "declared", 1)
print(declared)  --> 1
