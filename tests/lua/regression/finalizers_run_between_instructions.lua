-- Finalizers run while a loop only makes tables, without a call of a library function.
local count = 0
do
  local proxy = newproxy(true)
  local again = newproxy
  getmetatable(proxy).__gc = function(object)
    count = count + 1
    again(object)
  end
end
local garbage
for i = 1, 2000000 do garbage = {} end
print(count > 3) --> true
