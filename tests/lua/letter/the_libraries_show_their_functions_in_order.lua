-- The tables of the libraries have nothing but Lua 5.1's functions, in its order.
local function show(name, t)
  io.write(name, ":")
  for key in pairs(t) do
    if t ~= _G or key ~= "arg" then
      io.write(" ", key)
    end
  end
  print()
end
for _, name in ipairs { "string", "table", "math", "io", "os", "coroutine", "debug", "package" } do
  show(name, _G[name])
end
show("loaded", package.loaded)
show("file", getmetatable(io.stdout))
show("getinfo", debug.getinfo(1))
show("date", os.date("*t", 0))
--> string: sub upper len gfind rep find match char dump gmatch reverse byte format gsub lower
--> table: setn insert getn foreachi maxn foreach concat sort remove
--> math: log max acos huge ldexp pi cos tanh pow deg tan cosh sinh random randomseed frexp ceil floor rad abs sqrt modf asin min mod fmod log10 atan2 exp sin atan
--> io: lines write close flush open output type read stderr stdin input stdout popen tmpfile
--> os: exit setlocale date getenv difftime remove time clock tmpname rename execute
--> coroutine: resume yield status wrap create running
--> debug: getupvalue debug sethook getmetatable gethook setmetatable setlocal traceback setfenv getinfo setupvalue getlocal getregistry getfenv
--> package: preload loadlib loaded loaders cpath config path seeall
--> loaded: string debug package _G io os table math coroutine
--> file: setvbuf lines write close flush __gc read seek __index __tostring
--> getinfo: nups what func lastlinedefined source currentline namewhat linedefined short_src
--> date: hour min wday day month year sec yday isdst
