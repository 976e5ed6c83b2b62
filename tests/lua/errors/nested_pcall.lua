-- An inner pcall catches first, and a new error inside goes to the outer one.
print(pcall(function()  --> false	outer after inner
  local ok, e = pcall(error, "inner", 0)
  error("outer after " .. e, 0)
end))
