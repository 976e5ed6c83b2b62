//! What a guest at its limit makes its host take. A file of its own, because whatever else runs in the process would
//! count, too.
#![cfg(target_os = "linux")]

use bvm::{Capture, Guest};

/// Most bytes of this process that have been in memory at a time.
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<usize>().ok())
        .expect("a number")
        * 1024
}

/// The limit of each guest.
const LIMIT: usize = 16 << 20;
/// What it may take beyond that.
const CONSTANT: usize = 16 << 20;

/// What a program hands to its host, or to functions that work outside of its memory, is not multiplied there: `t` has 400
/// times the string `s` of 4 MB.
const HANDED_OUT: &[&str] = &[
    "print(unpack(t))",
    "io.write(unpack(t)) io.stderr:write(unpack(t))",
    "package.path = ('?'):rep(16000) require(('x'):rep(4000))",
    "return string.format(('%s'):rep(400), unpack(t)) .. string.pack(('z'):rep(400), unpack(t))",
    "loadstring(s) loadstring(('x = 1 '):rep(6e5)) load(function() return s end)",
    "pcall(error, s) error(s)",
    "debug.traceback(s) tostring(setmetatable({}, { __tostring = function() return s end }))",
    "return s:upper():lower():reverse():gsub('x', 'xy'), s:find(s .. 'y', 1, true), s:match('(.*)(.*)')",
    "return table.concat(t, s), s:rep(1e9, s)",
    "os.getenv(s) os.remove(s) os.rename(s, s) io.open(s) os.date(s)",
];

/// What fills its memory, and goes on until there is no more.
const FILLING: &[&str] = &[
    "while true do t[#t + 1] = {} end",
    "for i = 1, 1e9 do t[i] = i end",
    "for i = 1, 1e9 do t['k' .. i] = i end",
    "for i = 1, 1e9 do t[i] = coroutine.wrap(function() coroutine.yield() end) t[i]() end",
    "for i = 1, 1e9 do t[i] = newproxy(true) getmetatable(t[i]).__gc = function() end end",
    "for i = 1, 1e9 do t[i] = loadstring('local x = ' .. i .. ' return function() return x end') end",
    "local function f(...) return f(1, ...) + 1 end f()",
    "local function f() return 1 + f() end f()",
    "local x = 'x' while true do x = x .. x end",
    "local x = 'x' while true do pcall(function() while true do x = x .. x end end) end",
    "for i = 1, 1e9 do pcall(string.rep, 'x', i * 1000) end",
];

fn check(beginning: &str, programs: &[&str]) {
    let before = peak();
    for program in programs {
        let (host, _) = Capture::new(1 << 20);
        let guest = Guest::builder().host(host).memory(LIMIT as u64).build();
        // How it ends is no matter.
        let source = format!("{beginning} {program}");
        let _ = guest.expect("a guest").eval::<()>(&source, 30_000_000);
        let more = peak().saturating_sub(before);
        assert!(more < LIMIT + CONSTANT, "{program}: {} KiB", more / 1024);
    }
}

#[test]
fn a_full_guest_takes_its_limit_and_a_constant() {
    check("local t = {}", FILLING);
    check(
        "local s, t = ('x'):rep(4e6), {} for i = 1, 400 do t[i] = s end",
        HANDED_OUT,
    );
}
