-- A sieve marks the composites up to a thousand.
local limit, composite, primes = 1000, {}, {}
for i = 2, limit do
  if not composite[i] then
    primes[#primes + 1] = i
    for j = i * i, limit, i do composite[j] = true end
  end
end
print(#primes, primes[1], primes[10], primes[#primes])  --> 168	2	29	997
