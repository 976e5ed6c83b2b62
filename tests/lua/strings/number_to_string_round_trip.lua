-- Concatenating a number and reading it back keeps integers exact.
for _, n in ipairs { 0, 1, -1, 123456789, 2 ^ 40, 0.5 } do
  assert((n .. "") + 0 == n)
end
print("same")  --> same
