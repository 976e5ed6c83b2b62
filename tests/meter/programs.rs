//! Programs that make the library's functions work long: data for `main.rs` beside it and `benches/slices.rs`.

/// Functions and a program that makes them work the longer the larger `N` is, and returns one value.
pub const LONG: &[(&str, &str)] = &[
    ("collectgarbage", "local t = {} for i = 1, N do t[i] = {} end collectgarbage() return #t"),
    ("load", "local n = 0 load(function() n = n + 1 if n < N then return 'x = 1 ' end end) return n"),
    ("loadstring", "return loadstring(('x = 1 '):rep(N)) ~= nil"),
    ("loadstring", "return loadstring('local a, b ' .. ('x = a '):rep(N)) ~= nil"),
    ("loadstring", "return loadstring('local a = 1 while y do ' .. ('x = a '):rep(N) .. ' local f = function() return a end end') ~= nil"),
    ("loadstring", "return loadstring('local a, b x = ' .. ('a and b or '):rep(N / 2) .. '1') ~= nil"),
    ("loadstring", "local t = {} for i = 1, N do t[i] = 'n' .. i .. ' = ' .. i .. ' function g() return n' .. i .. ' end ' end
        return loadstring(table.concat(t)) ~= nil"),
    ("loadstring", "local t = {} for i = 1, N do t[i] = '::l' .. i .. ':: ' end return loadstring(table.concat(t) .. ' goto l1') ~= nil"),
    ("loadstring", "return select(2, loadstring(('x = 1 '):rep(N) .. '= =')):sub(1, 5)"),
    ("next", "local t = {} for i = 1, N do t[i] = i end for i = 1, N do t[i] = nil end return next(t)"),
    ("pairs", "local t, n = {}, 0 for i = 1, N do t[i] = i end for k in pairs(t) do n = n + k end return n"),
    ("ipairs", "local t, n = {}, 0 for i = 1, N do t[i] = i end for k in ipairs(t) do n = n + k end return n"),
    ("tonumber", "return tonumber(('1'):rep(N)) == 1 / 0 or N < 400"),
    ("unpack table.unpack table.pack select", "local n = math.min(N, 7000) local t = {} for i = 1, N do t[i] = i end
        for i = 1, N / 100 do n = select('#', table.pack(unpack(t, 1, n)).n, table.unpack(t, 1, n)) end return n"),
    ("error pcall xpcall", "local n = 0 for i = 1, N do if not pcall(error, i) then n = n + 1 end
        xpcall(error, function() end) end return n"),
    ("error pcall xpcall", "local function deep(n) local a, b, c, d, e, f, g, h = n, n, n, n, n, n, n, n
        local all = function() return a, b, c, d, e, f, g, h end if n == 0 then error(all, 0) end return 1 + deep(n - 1) end
        return (select(2, pcall(deep, math.min(N, 15000)))())"),
    ("string.byte", "local n = math.min(N, 7000) for i = 1, N / 50 do n = select('#', (('x'):rep(n)):byte(1, n)) end return n"),
    ("string.char", "local t = {} for i = 1, math.min(N, 7000) do t[i] = 65 end local s
        for i = 1, N / 50 do s = string.char(unpack(t)) end return s"),
    ("string.dump", "return #string.dump(loadstring(('x = 1 '):rep(N)))"),
    ("string.find", "return ('a'):rep(N):find('a-b')"),
    ("string.find", "return ('a'):rep(N):find('b', 1, true)"),
    ("string.match", "return ('a'):rep(N):match('^(a*)*$')"),
    ("string.match", "return ('('):rep(N):match('%b()')"),
    ("string.gmatch string.gfind", "local n = 0 for w in ('ab '):rep(N):gmatch('%w+') do n = n + 1 end return n"),
    ("string.gsub", "return (('ab'):rep(N):gsub('a', '%0%0'))"),
    ("string.gsub", "return (('ab'):rep(N):gsub('a', function() end))"),
    ("string.gsub", "return (('ab'):rep(N):gsub('a', { a = 'xyz' }))"),
    ("string.format", "local s for i = 1, N / 10 do s = ('%d %5.2f %s'):format(i, i, i) end return s"),
    ("string.format", "local s = ('x'):rep(N) return ('%s%s'):format(s, s)"),
    ("string.format", "return ('%q%%'):format(('\\n'):rep(N * 50))"),
    ("string.format", "return (('%%'):rep(N * 10) .. 'x'):format()"),
    ("string.format", "local n = math.min(N, 7000) local t = {} for i = 1, n do t[i] = 2 ^ i end
        for i = 1, N / 50 do local s = ('%d %.30f'):rep(n / 2):format(unpack(t)) end return 1"),
    ("string.lower", "return ('X'):rep(N * 100):lower()"),
    ("string.upper", "return ('x'):rep(N * 100):upper()"),
    ("string.reverse", "return ('x'):rep(N * 100):reverse()"),
    ("string.rep", "return ('x'):rep(N * 100)"),
    ("string.sub", "return ('x'):rep(N * 100):sub(2)"),
    ("string.pack string.packsize", "local n = 0 for i = 1, N do n = n + #string.pack('i4', i) + string.packsize('i8') end return n"),
    ("string.unpack", "local n = 0 for i = 1, N do n = n + string.unpack('i4', '\\1\\0\\0\\0') end return n"),
    ("table.concat", "local t = {} for i = 1, N do t[i] = 'x' end return table.concat(t, ',')"),
    ("table.foreach", "local t, n = {}, 0 for i = 1, N do t[i] = i end table.foreach(t, function() n = n + 1 end) return n"),
    ("table.foreach", "local t, n = {}, 0 for i = 1, N do t[i] = i end for i = 1, N do t[i] = nil end
        for i = 1, 9 do table.foreach(t, function() n = n + 1 end) end return n"),
    ("table.foreachi", "local t, n = {}, 0 for i = 1, N do t[i] = i end table.foreachi(t, function() n = n + 1 end) return n"),
    ("table.insert", "local t = {} for i = 1, N do t[i] = i end for i = 1, 50 do table.insert(t, 1, i) end return #t"),
    ("table.remove", "local t = {} for i = 1, N do t[i] = i end for i = 1, 50 do table.remove(t, 1) end return #t"),
    ("table.maxn", "local t = {} for i = 1, N do t[i + 0.5] = i end for i = 1, 10 do n = table.maxn(t) end return n"),
    ("table.move", "local t = {} for i = 1, N do t[i] = i end for i = 1, 50 do table.move(t, 1, N, 2) end return #t"),
    ("table.sort", "local t = {} for i = 1, N do t[i] = (i * 7919) % N end table.sort(t) return t[1]"),
    ("table.sort", "local t = {} for i = 1, N do t[i] = (i * 7919) % N end table.sort(t, function(a, b) return a > b end) return t[1]"),
    ("utf8.char", "local t = {} for i = 1, math.min(N, 7000) do t[i] = 8364 end local s
        for i = 1, N / 50 do s = utf8.char(unpack(t)) end return s"),
    ("utf8.codepoint", "local n = math.min(N, 7000) local s = ('x'):rep(n) for i = 1, N / 50 do n = select('#', utf8.codepoint(s, 1, -1)) end return n"),
    ("utf8.codes", "local n = 0 for p in utf8.codes(('x'):rep(N)) do n = n + 1 end return n"),
    ("utf8.len", "return utf8.len(('x'):rep(N * 10))"),
    ("utf8.offset", "return utf8.offset(('x'):rep(N * 10), N * 10)"),
    ("coroutine.create coroutine.resume coroutine.wrap coroutine.yield coroutine.close", "local n = 0 for i = 1, N / 10 do
        local co = coroutine.create(function() coroutine.yield(1) end) coroutine.resume(co) coroutine.close(co)
        n = n + coroutine.wrap(function() coroutine.yield(1) end)() end return n"),
    ("getfenv setfenv debug.getinfo debug.getlocal debug.setlocal debug.traceback", "local function deep(n)
        if n > 0 then return (deep(n - 1)) end debug.getinfo(150) debug.getlocal(100, 1) debug.setlocal(100, 1, nil)
        setfenv(100, getfenv(100)) return #debug.traceback() end
        local n for i = 1, N / 100 do n = deep(180) end return n"),
    ("ring.run ring.load ring.gate ring.globals", "local n = 0 ring.globals(3).up = ring.gate(function() n = n + 1 end)
        for i = 1, N / 10 do ring.run(3, 'up()') ring.run(3, ring.load(3, 'up()')) end return n"),
    ("print", "print(('x'):rep(N * 10)) return N"),
    ("require module", "module('m', package.seeall) for i = 1, N do require('m') end return 1"),
];

/// The same for operators and statements.
pub const OPERATORS: &[(&str, &str)] = &[
    ("t[k] = v, in an array", "local t = {} for i = 1, N * 5 do t[i] = i end return #t"),
    ("t[k] = v, in nodes", "local t = {} for i = 1, N do t[i + 0.5] = i end return next(t) ~= nil"),
    ("t.k = v, new strings", "local t = {} for i = 1, N do t['k' .. i] = i end return t.k1"),
    ("a .. b", "local s = ('x'):rep(N * 10) return s .. 'y' .. s"),
    ("a == b", "local s = ('x'):rep(N * 10) local t = s .. 'y' return (s .. 'y') == t"),
    ("a < b", "local s = ('x'):rep(N * 10) return s .. 'a' < s .. 'b'"),
    ("a + 1", "local s, n = '1' .. (' '):rep(math.min(N, 16000)), 0 for i = 1, 20 do n = n + s end return n"),
    ("#t", "local t = {} for i = 1, N do t[i] = i end return #t"),
    ("{ ... }", "local t = {} for i = 1, math.min(N, 7000) do t[i] = i end local u
        for i = 1, N / 50 do u = { unpack(t) } end return #u"),
    ("for k in next", "local t, n = {}, 0 for i = 1, N do t[i] = i t[i + 0.5] = i end for k in pairs(t) do t[k] = nil end
        for i = 1, 9 do for k in next, t do n = n + 1 end end return n"),
    ("f(n), calls and returns", "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end return f(math.min(N, 19000))"),
    ("a long way forward", "return loadstring('local a, b = 1, 2 ' .. ('a = b + a if a then x = b end b = a * b '):rep(N / 4) .. ' return a')()"),
    ("a long way forward, jumps", "return loadstring('local a, n = 1, 1 ' .. ('if not a then n = a + n n = n * n end '):rep(N / 4) .. ' return n')()"),
    ("a long way forward, loops", "return loadstring('local a = 1 ' .. ('for i = 1, 0 do a = i + a end while not a do a = 2 end '):rep(N / 4) .. ' return a')()"),
    ("a long way forward, library", "return loadstring('local floor, n = math.floor, 1 ' .. ('n = floor(n) '):rep(N / 4) .. ' return n')()"),
    ("f(...), a large stack", "local t = {} for i = 1, 7000 do t[i] = i end
        local function f(n, ...) if n > 0 then return 1 + f(n - 1, ...) end return 0 end return f(N / 100, unpack(t))"),
];
