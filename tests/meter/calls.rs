//! Single calls of the library's functions: data for `main.rs` beside it. What a call costs is what a program with it costs
//! more than the same program without it, so that nothing around the call counts.

/// A call as a statement.
pub fn statement(call: &str) -> String {
    match call.starts_with('(') {
        true => format!("local _ = {call}"),
        false => call.into(),
    }
}

/// A call whose price grows with its argument.
#[derive(Debug)]
pub struct Call {
    /// The functions that the price is for.
    pub names: &'static str,
    /// What makes the argument, the larger the larger `N` is.
    pub setup: &'static str,
    /// What the program does without the call.
    pub without: &'static str,
    /// The call.
    pub with: &'static str,
}

const fn call(names: &'static str, setup: &'static str, with: &'static str) -> Call {
    Call {
        names,
        setup,
        without: "",
        with,
    }
}

const fn instead(names: &'static str, setup: &'static str, change: [&'static str; 2]) -> Call {
    let [without, with] = change;
    Call {
        names,
        setup,
        without,
        with,
    }
}

const TEXT: &str = "local s = ('x'):rep(N * 100)";
const SOURCE: &str = "local s = ' --' .. ('x'):rep(N)";
const SPACES: &str = "local s = (' '):rep(N)";
const ARRAY: &str = "local t = {} for i = 1, N do t[i] = i % 50 end";
const WORDS: &str = "local t = {} for i = 1, N do t[i] = 'w' .. i * 7919 % N end";
const EMPTIED: &str = "local t = {} for i = 1, N do t[i] = i end for i = 1, N do t[i] = nil end";
const STACK: &str =
    "local function deep(n, f) if n > 0 then local r = deep(n - 1, f) return r end return f() end";
const FLAT: &str = "deep(N, function() end)";

/// Calls of functions that charge for the size of something.
pub const GROWING: &[Call] = &[
    call(
        "collectgarbage",
        "local t = {} for i = 1, N do t[i] = {} end",
        "collectgarbage()",
    ),
    call(
        "load",
        "local s = ' --' .. ('x'):rep(N) local function read() local r = s s = nil return r end",
        "load(read)",
    ),
    call("loadstring", SOURCE, "loadstring(s)"),
    call("ring.load", SOURCE, "ring.load(3, s)"),
    call("ring.run", SOURCE, "ring.run(3, s)"),
    call("next", EMPTIED, "next(t)"),
    call("tonumber", SPACES, "tonumber(s)"),
    call("tonumber", SPACES, "tonumber(s, 16)"),
    call("print", TEXT, "print(s)"),
    call("print", ARRAY, "print(unpack(t))"),
    call("io.write", TEXT, "io.write(s)"),
    call("io.write", ARRAY, "io.write(unpack(t))"),
    instead("error", TEXT, ["pcall(error, 'x')", "pcall(error, s)"]),
    instead(
        "assert",
        TEXT,
        ["pcall(assert, false, 'x')", "pcall(assert, false, s)"],
    ),
    call("unpack", ARRAY, "unpack(t)"),
    call("table.unpack", ARRAY, "table.unpack(t)"),
    instead(
        "table.pack",
        ARRAY,
        ["type(unpack(t))", "table.pack(unpack(t))"],
    ),
    call("table.concat", ARRAY, "table.concat(t)"),
    call(
        "table.concat",
        "local t, s = {}, ('x'):rep(N) for i = 1, 100 do t[i] = '' end",
        "table.concat(t, s)",
    ),
    call("table.foreach", EMPTIED, "table.foreach(t, type)"),
    call("table.insert", ARRAY, "table.insert(t, 1, 0)"),
    call("table.remove", ARRAY, "table.remove(t, 1)"),
    call("table.maxn", ARRAY, "table.maxn(t)"),
    call("table.move", ARRAY, "table.move(t, 1, N, 2)"),
    call("table.sort", ARRAY, "table.sort(t)"),
    call("table.sort", WORDS, "table.sort(t)"),
    call(
        "table.sort",
        "local t = {} for i = 1, N do t[i] = ('x'):rep(i % 100 * 20) .. i end",
        "table.sort(t)",
    ),
    call(
        "table.sort",
        "local t = {} for i = 1, 100 do t[i] = ('x'):rep(N) .. i end",
        "table.sort(t)",
    ),
    call("string.byte", "local s = ('x'):rep(N)", "s:byte(1, -1)"),
    instead(
        "string.char",
        ARRAY,
        ["type(unpack(t))", "string.char(unpack(t))"],
    ),
    call(
        "string.dump",
        "local f = loadstring(('x = 1 '):rep(N))",
        "string.dump(f)",
    ),
    call("string.find", TEXT, "s:find('y', 1, true)"),
    call(
        "string.find",
        "local s = ('z'):rep(N)",
        "s:find('zzzzze', 1, true)",
    ),
    call("string.find", TEXT, "s:find('a-b')"),
    call("string.match", "local s = ('x'):rep(N)", "s:match('x*y')"),
    instead(
        "string.gmatch string.gfind",
        TEXT,
        ["s:gmatch('y')", "s:gmatch('y')()"],
    ),
    call("string.gsub", "local s = ('x'):rep(N)", "s:gsub('x', 'yy')"),
    call("string.gsub", TEXT, "('a'):gsub('a', s)"),
    call("string.format", TEXT, "('%s!'):format(s)"),
    call("string.format", TEXT, "('%q'):format(s)"),
    call("string.lower", "local s = ('X'):rep(N * 100)", "s:lower()"),
    call("string.upper", TEXT, "s:upper()"),
    call(
        "string.reverse",
        "local s = ('xyz'):rep(N * 50)",
        "s:reverse()",
    ),
    call("string.rep", "", "('x'):rep(N * 100)"),
    call("string.sub", "local s = ('x'):rep(N + 1)", "s:sub(2)"),
    call("string.pack", SPACES, "string.pack(s)"),
    instead(
        "string.pack",
        "local f, t = ('b'):rep(math.min(N, 7000)), {} for i = 1, #f do t[i] = 1 end",
        ["type(unpack(t))", "string.pack(f, unpack(t))"],
    ),
    call("string.packsize", SPACES, "string.packsize(s)"),
    call("string.unpack", SPACES, "string.unpack(s, '')"),
    instead(
        "utf8.char",
        ARRAY,
        ["type(unpack(t))", "utf8.char(unpack(t))"],
    ),
    call(
        "utf8.codepoint",
        "local s = ('x'):rep(N)",
        "utf8.codepoint(s, 1, -1)",
    ),
    instead(
        "utf8.codes",
        "local f, s = utf8.codes('a' .. ('\\128'):rep(N * 10))",
        ["pcall(type, 1, 1)", "pcall(f, s, 1)"],
    ),
    call("utf8.len", TEXT, "utf8.len(s)"),
    call("utf8.offset", TEXT, "utf8.offset(s, N * 100)"),
    instead(
        "bit.band bit32.band",
        ARRAY,
        ["type(unpack(t))", "bit.band(unpack(t))"],
    ),
    instead(
        "bit.bor bit32.bor",
        ARRAY,
        ["type(unpack(t))", "bit.bor(unpack(t))"],
    ),
    instead(
        "bit.bxor bit32.bxor",
        ARRAY,
        ["type(unpack(t))", "bit.bxor(unpack(t))"],
    ),
    instead(
        "bit32.btest",
        ARRAY,
        ["type(unpack(t))", "bit32.btest(unpack(t))"],
    ),
    instead("debug.traceback", STACK, [FLAT, "deep(N, debug.traceback)"]),
    instead(
        "debug.getinfo",
        STACK,
        [FLAT, "deep(N, function() debug.getinfo(N) end)"],
    ),
    call(
        "debug.getinfo",
        "local f = loadstring(('x = 1\\n'):rep(N), '=f')",
        "debug.getinfo(f, 'L')",
    ),
    instead(
        "debug.getlocal",
        STACK,
        [FLAT, "deep(N, function() debug.getlocal(N, 1) end)"],
    ),
    instead(
        "debug.setlocal",
        STACK,
        [FLAT, "deep(N, function() debug.setlocal(N, 1, nil) end)"],
    ),
    instead(
        "getfenv",
        STACK,
        [FLAT, "deep(N, function() getfenv(N) end)"],
    ),
    instead(
        "setfenv",
        STACK,
        [FLAT, "deep(N, function() setfenv(N, {}) end)"],
    ),
];

/// Calls of functions whose work has a bound, but is more than an instruction's, and the least that they cost.
pub const FIXED: &[(&str, &str, &str, u64)] = &[
    ("math.randomseed", "", "math.randomseed(1)", 62),
    ("string.format", "", "('%.99f'):format(1e300)", 350),
    ("string.format", "", "('%.99g'):format(1)", 30),
    (
        "coroutine.create",
        "local function f() end",
        "coroutine.create(f)",
        40,
    ),
    (
        "coroutine.wrap",
        "local function f() end",
        "coroutine.wrap(f)",
        40,
    ),
    (
        "coroutine.resume coroutine.yield",
        "local co = coroutine.create(function() end)",
        "coroutine.resume(co)",
        8,
    ),
    (
        "coroutine.close",
        "local co = coroutine.create(function() end)",
        "coroutine.close(co)",
        7,
    ),
    (
        "ring.gate",
        "local function f() end",
        "ring.gate(f, 3, {'number', 'number', 'number', 'number'})",
        14,
    ),
    ("os.date", "", "pcall(os.date, 'x')", 16),
    ("os.time", "", "pcall(os.time)", 8),
    ("os.getenv", "", "pcall(os.getenv, 'x')", 8),
    ("os.execute", "", "pcall(os.execute, 'x')", 16),
    ("io.open", "", "pcall(io.open, 'x')", 16),
    ("io.read", "", "pcall(io.read)", 4),
    ("io.write", "", "io.write('x')", 4),
];

/// Functions that have a program that makes them work long, and no call here, because others pay for what they do.
pub const ELSEWHERE: &[(&str, &str)] = &[
    (
        "each step is a call",
        "pairs ipairs table.foreachi pcall xpcall select",
    ),
    ("a few values", "ring.globals"),
    ("a name has 4096 bytes at most", "require module"),
];
