-- Every standard library has its functions.
local members = {
  coroutine = "create resume running status wrap yield",
  debug = "debug getfenv gethook getinfo getlocal getmetatable getregistry getupvalue setfenv sethook setlocal setmetatable "
    .. "setupvalue traceback",
  io = "close flush input lines open output popen read tmpfile type write",
  math = "abs acos asin atan atan2 ceil cos cosh deg exp floor fmod frexp ldexp log log10 max min modf pow rad random "
    .. "randomseed sin sinh sqrt tan tanh",
  os = "clock date difftime execute exit getenv remove rename setlocale time tmpname",
  package = "loadlib seeall",
  string = "byte char dump find format gmatch gsub len lower match rep reverse sub upper",
  table = "concat foreach foreachi getn insert maxn remove sort",
}
local missing = {}
for library, names in pairs(members) do
  for name in names:gmatch("%w+") do
    if type(_G[library][name]) ~= "function" then missing[#missing + 1] = library .. "." .. name end
  end
end
table.sort(missing)
print("missing: " .. table.concat(missing, " ") .. ".")  --> missing: .
