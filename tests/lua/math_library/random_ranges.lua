-- `random` stays in its range, in all three forms.
for _ = 1, 200 do
  local a, b, c = math.random(), math.random(6), math.random(-3, 3)
  assert(a >= 0 and a < 1)
  assert(b >= 1 and b <= 6 and b == math.floor(b))
  assert(c >= -3 and c <= 3 and c == math.floor(c))
end
print(math.random(5, 5), math.random(1))  --> 5	1
