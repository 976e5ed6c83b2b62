-- Objects are spelled as their type and an address.
for _, v in ipairs { {}, print, function() end, coroutine.create(function() end), newproxy() } do
  assert(tostring(v):match("^" .. type(v) .. ": %w+"))
end
print("all")  --> all
