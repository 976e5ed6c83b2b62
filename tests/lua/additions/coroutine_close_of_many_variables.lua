-- coroutine.close closes however many variables functions share with the coroutine, once for all of them.
local functions = {}
local function deep(n)
  if n == 0 then coroutine.yield("there") return 0 end
  local a, b, c, d = n, -n, { n }, "v" .. n
  functions[#functions + 1] = function(x) a = a + (x or 0) return a, b, c[1], d end
  return 1 + deep(n - 1)
end
local co = coroutine.create(deep)
print(coroutine.resume(co, 1000))  --> true	there
functions[1](5)
print(coroutine.close(co), coroutine.status(co))  --> true	dead
print(functions[1]())  --> 1005	-1000	1000	v1000
print(functions[1000](1))  --> 2	-1	1	v1
local sum = 0
for i = 1, 1000 do local a, b, c, d = functions[i]() assert(b == i - 1001 and c == -b and d == "v" .. c) sum = sum + a end
print(sum)  --> 500506
print(coroutine.close(co), coroutine.resume(co))  --> true	false	cannot resume dead coroutine
