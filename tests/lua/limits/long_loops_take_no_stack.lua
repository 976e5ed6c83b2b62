-- Long loops over every kind of instruction take no room on the host's stack.
local N = 50000
local t, s, n, f = { x = 1 }, "s", 0.5, function(...) return ... end
local object = setmetatable({}, { __index = function(_, k) return k end,
  __add = function() return 1 end, __call = function() return 1 end,
  __newindex = function() end, __lt = function() return true end,
  __concat = function() return "c" end, __unm = function() return 2 end })
rawset(object, "m", function(self) return self end)
local co = coroutine.wrap(function() while true do coroutine.yield(1) end end)
local loops = {
  function(i) n = (i + 0.5) ^ 2 end,
  function(i) n = i ^ 0.3 end,
  function(i) n = i % 7 / 3 * 2 - 1 end,
  function(i) n = -i; n = not n end,
  function(i) s = i .. "x" end,
  function(i) t[i] = i; n = t[i] + #t; t.x = t.y end,
  function(i) t[i + 0.5] = i; n = t[i + 0.5]; t[i + 0.5] = nil end,
  function(i) n = { i, i + 1, k = i } end,
  function(i) n = function() return i end end,
  function(i) n = f(i, i, i) end,
  function(i) return f(i) end,
  function(i) n = math.floor(i); n = math.max(f(i, 2)) end,
  function(i) n = tostring(i); n = select("#", f(i)) end,
  function(i) n = object.name; object.new = 1 end,
  function(i) n = object + 1; n = object(1); n = object .. 1; n = -object end,
  function(i) n = object < object; n = object:m(); n = s:len() end,
  function(i) n = pcall(f, i); n = pcall(error) end,
  function(i) n = co() end,
  function(i) for k in pairs { i, a = 1 } do n = k end end,
  function(i) for _, v in ipairs { i } do n = v end end,
  function(i) for _ in f, i, nil do break end end,
  function(i) n = s:sub(1, 2); n = ("word"):sub(i % 4 + 1, -1); n = string.char(i % 256) < "m"; n = s:byte() end,
  function(i) local c = coroutine.create(f); n = coroutine.resume(c, i); n = coroutine.resume(c) end,
  function(i) local x = i; n = function() x = x + 1 return x end; n() end,
  function(i) local o = setmetatable({}, { __index = t }); o.a = i; o[1] = o.x; n = rawget(o, "a"); n = type(o) end,
  function(i) local a, b, c = f(i, nil); n = { f(a, b, c) }; n = { x = a, y = b, z = c, w = i } end,
  function(i) n = math.sqrt(i) + math.abs(-i) + math.min(i, 3); n = t == object or "ab" <= s end,
  function(i) n = i == 3 and i < 4 or i <= 5 and s == "t" end,
}
for _, body in ipairs(loops) do
  for i = 1, N do
    body(i)
  end
end
print("done")
--> done
