-- A file that is closed by the collector does not take the answer to a call of the library.
local name = os.tmpname()
local function open() return io.open(name, "a+") end
local missing = 0
for i = 1, 400 do
  local f = open()
  if f == nil then missing = missing + 1 end
  if i % 5 == 0 then
    f = nil
    local text = ("x"):rep(30000) .. i
  end
end
collectgarbage()
print(missing) --> 0
os.remove(name)
