//! Snapshots: listings of a few programs and the messages for broken ones. A changed one is reviewed
//! and accepted with `cargo insta review`, or with `INSTA_UPDATE=always`.

use bvm_compiler::{CompileError, Mode};
use bvm_isa::{Dialect, PointerStyle, Proto, list};
use std::fmt::Write as _;

/// Programs whose listings are kept: name and source, each about one part of the language.
const LISTED: &[(&str, &str)] = &[
    (
        "arithmetic",
        "local a, b = 1, 2\nlocal c = a + b * 3 - -a / 4 ^ 2 % 5\nreturn 1 + 2, c, #'abc'\n",
    ),
    (
        "tables",
        "local t = { 1, 2, x = 3, ['y z'] = 4, [10] = 5, f(), ... }\nt.x, t[t.x] = t['y z'], nil\nreturn t\n",
    ),
    (
        "calls",
        "local function f(a, ...)\n  print(a, ...)\n  return g(a):h('x', ...)\nend\nf(f(1), (f(2)))\n",
    ),
    (
        "closures",
        "local n = 0\nreturn function(k)\n  local m = k\n  return function() n, m = n + 1, m + k return n, m end\nend\n",
    ),
    (
        "branches",
        "if a then b() elseif c == 1 and not (d < e or f ~= nil) then g() else h() end\nlocal x = a and b or c\nreturn x == nil, a <= 'k'\n",
    ),
    (
        "loops",
        "for i = 1, 10, 2 do if i == 5 then break end end\nfor k, v in pairs(t) do local f = function() return k end end\nwhile x do x = x.next end\nrepeat local y = f() until y\n",
    ),
    (
        "strings",
        "return 'a\\0b\\200\"' .. \"\\n\\\\\" .. [[\nlong]] .. 1.5 .. 1e100\n",
    ),
    (
        "environment",
        "x = y\nlocal _ENV = 1\nfunction a.b.c:d(e) return self, e end\n",
    ),
    (
        "goto",
        "for i = 1, 9 do\n  local x = f(i)\n  if x then goto continue end\n  g(function() return x end)\n  ::continue::\nend\n::top:: local y = f() if y then goto top end\n",
    ),
    ("escapes", "return '\\x41\\z   \\u{20AC}', 0x1.8p3, 0x.8\n"),
];

/// Sources that are no Lua 5.1, one mistake each.
const BROKEN: &[&str] = &[
    "x",
    "x =",
    "= 1",
    "x = = 1",
    "local",
    "local 1",
    "local x, = 1",
    "local function",
    "f(",
    "f(1",
    "f(1,)",
    "f{",
    "t = {1 2}",
    "t = {[1 = 2}",
    "t = {[1] 2}",
    "t[1",
    "t.1",
    "t:x",
    "t:x = 1",
    "f() = 1",
    "(x) = 1 y",
    "if x",
    "if x then",
    "if x then else elseif y then end",
    "while x",
    "while x do",
    "repeat",
    "repeat until",
    "for",
    "for i",
    "for i =",
    "for i = 1",
    "for i = 1 do end",
    "for i, j = 1, 2 do end",
    "for i in",
    "for 1 in x do end",
    "function",
    "function f",
    "function f(",
    "function f(a,)",
    "function f(..., a) end",
    "function f.1() end",
    "return return",
    "return 1 x = 2",
    "do",
    "end",
    "break",
    "while x do break y() end",
    "x = 'abc",
    "x = 'a\nb'",
    "x = '\\300'",
    "x = [[abc",
    "x = [=[abc]]",
    "x = [=abc",
    "--[[ abc",
    "x = 1..2",
    "x = 3x",
    "x = 0xg",
    "x = 1e",
    "x = 1 + ",
    "x = (1",
    "x = #",
    "x = not",
    "x = a.b.",
    "x = ...",
    "function f() return ... end",
    "x = @",
    "x = 1 ! 2",
    "x = ~y",
    "goto = 1 x",
    "and",
    "x = {} {}",
    "f\n(1)",
    "x = function(a b) end",
    "\n\n\nx = = 1",
    "x = \"\\",
    "x = '\u{e9}\u{1}",
    "local a <const> = 1",
    "x = y // 2",
    "x += 1",
    "::label::",
    "if x then end end",
    "return;;",
    "x = ]]",
];

/// Sources that additions refuse, or refuse in other words than 5.1.
const BROKEN_WITH_ADDITIONS: &[&str] = &[
    "goto x",
    "goto x local y ::x:: y()",
    "::x::\n::x::",
    "goto x.y",
    "return ::x::",
    "::x",
    "x = '\\u{110000}'",
    "x = 0x1.8p",
];

fn listing(source: &str) -> String {
    let proto = bvm_compiler::compile(source.as_bytes(), b"@listed.lua").expect("it is Lua");
    String::from_utf8_lossy(&list(&proto, true, PointerStyle::Path)).into_owned()
}

#[test]
fn listings_stay() {
    for (name, source) in LISTED {
        insta::assert_snapshot!(*name, format!("{source}\n{}", listing(source)));
    }
}

#[test]
fn diagnostics_stay() {
    insta::assert_snapshot!(diagnostics(BROKEN, Dialect::Lua51));
}

#[test]
fn diagnostics_with_additions_stay() {
    insta::assert_snapshot!(diagnostics(BROKEN_WITH_ADDITIONS, Dialect::Bvm));
}

fn compile_in(dialect: Dialect, source: &str) -> Result<Proto, CompileError> {
    let mode = Mode {
        dialect,
        ..Mode::default()
    };
    bvm_compiler::compile_as(source.as_bytes(), b"@b.lua", mode)
}

fn diagnostics(sources: &[&str], dialect: Dialect) -> String {
    let mut text = String::new();
    for source in sources {
        let _ = write!(text, "{source:?}\n    ");
        let _ = match compile_in(dialect, source) {
            Ok(_) => writeln!(text, "is Lua"),
            Err(error) => {
                let more = if error.incomplete { ", incomplete" } else { "" };
                writeln!(
                    text,
                    "{:?} {error} (bytes {:?}{more})",
                    error.line, error.span
                )
            }
        };
    }
    text
}

/// The reference words each of them the same.
#[test]
fn diagnostics_are_those_of_the_reference_when_installed() {
    if !bvm_tests::reference::is_installed() {
        eprintln!("lua5.1 is not installed: diagnostics are not compared with it");
        return;
    }
    let mut ours = String::new();
    let mut program = String::new();
    for source in BROKEN {
        let bytes: Vec<String> = source.bytes().map(|b| format!("\\{b:03}")).collect();
        let _ = writeln!(
            program,
            "print((select(2, loadstring(\"{}\", \"@b.lua\"))))",
            bytes.concat()
        );
        let _ = match compile_in(Dialect::Lua51, source) {
            Ok(_) => writeln!(ours, "nil"),
            Err(error) => writeln!(ours, "{error}"),
        };
    }
    let theirs = bvm_tests::reference::run_source(program.as_bytes());
    assert_eq!(
        bvm_tests::corpus::difference(&theirs, &ours),
        None,
        "lua5.1 (-), bvm (+)"
    );
}
