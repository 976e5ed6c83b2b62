-- What every program of random calls begins with: values in every state, and `show`, which prints
-- results in exact form and without addresses.
local type, select, next, tostring, pcall = type, select, next, tostring, pcall
local format, gsub, byte, sub, rep = string.format, string.gsub, string.byte, string.sub, string.rep
local concat, sort, rawget = table.concat, table.sort, rawget
local write, tmpname, removefile = io.write, os.tmpname, os.remove
scratch = tmpname()
local function escape(c) return format("\\%03d", byte(c)) end
local function plain(s)
  s = gsub(s, "(%a+): 0x%x+", "%1: ADDR")
  s = gsub(s, "%([%dx%x]+%)$", "(ADDR)")
  s = gsub(s, "/tmp/lua_%w%w%w%w%w%w", "TMP")
  s = gsub(s, "[%c\"\\\127-\255]", escape)
  if #s > 700 then s = sub(s, 1, 300) .. "..." .. #s .. "..." .. sub(s, -300) end
  return s
end
local function text(v, deep)
  local kind = type(v)
  if kind == "number" then return format("%.17g", v) end
  if kind == "string" then return "\"" .. plain(v) .. "\"" end
  if kind == "boolean" or v == nil then return tostring(v) end
  if kind ~= "table" or deep then return kind end
  local items, count = {}, 0
  for k, w in next, v do
    count = count + 1
    items[count] = text(k, true) .. "=" .. text(w, true)
    if count > 40 then return "table(big)" end
  end
  sort(items)
  return "{" .. concat(items, ",") .. "}"
end
local main, globals, setfenv = debug.getinfo(1, "f").func, _G, setfenv
local function show(label, ...)
  setfenv(main, globals)
  setfenv(0, globals)
  local n = select("#", ...)
  local items = { label .. ":" }
  for i = 1, n > 40 and 40 or n do items[i + 1] = text((select(i, ...))) end
  if n > 40 then items[42] = "of " .. n end
  write(concat(items, " "), "\n")
end
-- The shape of results whose values differ from run to run.
local function shape(label, ok, ...)
  if not ok then return show(label, ok, ...) end
  local kinds = {}
  for i = 1, select("#", ...) do kinds[i] = type((select(i, ...))) end
  show(label, ok, concat(kinds, " "))
end
function noop() end
function id(...) return ... end
function fail() error("boom") end
function failwith() error({ code = 1 }) end
function failnil() error() end
function many() return 1, "two", nil, 4, nil end
function yielder(...) return coroutine.yield(...) end
function truth() return true end
function less(a, b) return a < b end
function more(a, b) return a > b end
function add(a, b) return a + b end
function reader()
  local pieces, at = { "return ", "1", " + 2" }, 0
  return function() at = at + 1 return pieces[at] end
end
function fresh() return coroutine.create(many) end
function suspended() local c = coroutine.create(yielder) coroutine.resume(c, 1, 2) return c end
function dead() local c = coroutine.create(noop) coroutine.resume(c) return c end
function failed() local c = coroutine.create(fail) coroutine.resume(c) return c end
function normal(f) return coroutine.wrap(function()
  local me = coroutine.running()
  return coroutine.wrap(function() return f(me) end)()
end)() end
function object() return setmetatable({ 1, 2 }, {
  __index = function(_, k) return k end, __newindex = function(t, k, v) rawset(t, k, v) end,
  __call = function(_, ...) return "called", ... end, __tostring = function() return "object" end,
  __add = function() return "added" end, __concat = function() return "joined" end,
  __unm = function() return "negated" end, __eq = function() return true end,
  __lt = function() return true end, __len = function() return 7 end,
}) end
function locked() return setmetatable({}, { __metatable = "lock" }) end
function mute() return setmetatable({}, { __tostring = function() return 12 end }) end
function brittle() return setmetatable({}, { __index = fail, __newindex = fail, __call = fail,
  __add = fail, __concat = fail, __lt = fail, __eq = fail, __tostring = fail }) end
function chain() return setmetatable({}, { __index = setmetatable({ x = 1 }, { __index = string }) }) end
function holes() return { 1, 2, nil, 4, nil, nil, 7 } end
function words() return { "b", "a", "10", "9", "c" } end
function mixed() return { 3, "2", 1, "x" } end
function counted(n) local t = {} for i = 1, n do t[i] = (i * 7) % n end return t end
function weak(mode) return setmetatable({}, { __mode = mode }) end
function closed() local f = io.tmpfile() f:close() return f end
function file(s, mode)
  local f = io.open(scratch, "wb")
  f:write(s or "one\ntwo 2\n3.5 0x10 nope\n\nlast") f:close()
  return io.open(scratch, mode or "r")
end
function proxy() local p = newproxy(true) getmetatable(p).__index = { n = 1 }
  getmetatable(p).__call = function(_, x) return x end return p end
function keep(f, ...) local r = { pcall(f, ...) } return r end
-- Names for what random operations are done on.
GA, GB = nil, nil
package.path, package.cpath = "./nowhere/?.lua;/nowhere/?/init.lua", "./nowhere/?.so"
io.input(io.tmpfile())
