//! Sources that are no Lua, with the messages behind `x.lua:`: those of `luac5.1`, and those that the
//! additions have.
#![allow(clippy::unwrap_used)]

mod common;

use bvm_compiler::{CompileError, Mode, compile, compile_as};
use bvm_isa::Dialect;

fn error(source: &[u8]) -> CompileError {
    match compile(source, b"@x.lua") {
        Ok(_) => panic!("{} compiles", String::from_utf8_lossy(source)),
        Err(error) => error,
    }
}

fn error_in(dialect: Dialect, source: &[u8]) -> CompileError {
    let mode = Mode {
        dialect,
        ..Mode::default()
    };
    match compile_as(source, b"@x.lua", mode) {
        Ok(_) => panic!("{} compiles", String::from_utf8_lossy(source)),
        Err(error) => error,
    }
}

/// Messages in all dialects.
const MESSAGES: &[(&[u8], &[u8])] = &[
    (b"if x then", b"1: 'end' expected near '<eof>'"),
    (
        b"if x then\n\nx()",
        b"3: 'end' expected (to close 'if' at line 1) near '<eof>'",
    ),
    (b"while x do", b"1: 'end' expected near '<eof>'"),
    (
        b"while x\ndo\n",
        b"3: 'end' expected (to close 'while' at line 1) near '<eof>'",
    ),
    (
        b"for i = 1, 2 do\n",
        b"2: 'end' expected (to close 'for' at line 1) near '<eof>'",
    ),
    (
        b"function f()\n\n",
        b"3: 'end' expected (to close 'function' at line 1) near '<eof>'",
    ),
    (
        b"local function f(\n",
        b"2: <name> or '...' expected near '<eof>'",
    ),
    (
        b"repeat\nx()\n",
        b"3: 'until' expected (to close 'repeat' at line 1) near '<eof>'",
    ),
    (
        b"do\n\nelse",
        b"3: 'end' expected (to close 'do' at line 1) near 'else'",
    ),
    (b"end", b"1: '<eof>' expected near 'end'"),
    (b"x()\nend", b"2: '<eof>' expected near 'end'"),
    (b"return 1\nx()", b"2: '<eof>' expected near 'x'"),
    (b"break", b"1: no loop to break near '<eof>'"),
    (b"while 1 do break x() end", b"1: 'end' expected near 'x'"),
    (b"function f() break end", b"1: no loop to break near 'end'"),
    (
        b"repeat local f = function() break end until x",
        b"1: no loop to break near 'end'",
    ),
    (b"x =", b"1: unexpected symbol near '<eof>'"),
    (b"x = = 1", b"1: unexpected symbol near '='"),
    (b"x", b"1: '=' expected near '<eof>'"),
    (b"x y", b"1: '=' expected near 'y'"),
    (b"x, y", b"1: '=' expected near '<eof>'"),
    (b"x, y z", b"1: '=' expected near 'z'"),
    (b"x.y", b"1: '=' expected near '<eof>'"),
    (b"f() = 1", b"1: unexpected symbol near '='"),
    (b"f(), a = 1", b"1: unexpected symbol near ','"),
    (b"a, f() = 1", b"1: syntax error near '='"),
    (b"(a) = 1", b"1: syntax error near '='"),
    (b"(a).b, (c) = 1", b"1: syntax error near '='"),
    (b"(a)", b"1: syntax error near '<eof>'"),
    (b"1 = 2", b"1: unexpected symbol near '1'"),
    (b"x = 1 2", b"1: unexpected symbol near '2'"),
    (b"x = )", b"1: unexpected symbol near ')'"),
    (b"x = (1", b"1: ')' expected near '<eof>'"),
    (
        b"x = (1\n\n",
        b"3: ')' expected (to close '(' at line 1) near '<eof>'",
    ),
    (
        b"x = (1\n\n]",
        b"3: ')' expected (to close '(' at line 1) near ']'",
    ),
    (b"f(1", b"1: ')' expected near '<eof>'"),
    (
        b"f(\n1\n",
        b"3: ')' expected (to close '(' at line 1) near '<eof>'",
    ),
    (b"f(1 2)", b"1: ')' expected near '2'"),
    (b"f(,)", b"1: unexpected symbol near ','"),
    (b"f(1,)", b"1: unexpected symbol near ')'"),
    (
        b"f\n(1)",
        b"2: ambiguous syntax (function call x new statement) near '('",
    ),
    (
        b"local x = f\n(g or h)()",
        b"2: ambiguous syntax (function call x new statement) near '('",
    ),
    (b"x = { 1, 2", b"1: '}' expected near '<eof>'"),
    (
        b"x = {\n1,\n2\n",
        b"4: '}' expected (to close '{' at line 1) near '<eof>'",
    ),
    (b"x = { a = }", b"1: unexpected symbol near '}'"),
    (b"x = { [1] 2 }", b"1: '=' expected near '2'"),
    (b"x = { [1 = 2 }", b"1: ']' expected near '='"),
    (b"x = { 1 2 }", b"1: '}' expected near '2'"),
    (b"x = { ,}", b"1: unexpected symbol near ','"),
    (b"x = {;}", b"1: unexpected symbol near ';'"),
    (b"x = a.1", b"1: unexpected symbol near '.1'"),
    (b"x = a.", b"1: '<name>' expected near '<eof>'"),
    (b"x = a:b", b"1: function arguments expected near '<eof>'"),
    (b"x = a:b.c()", b"1: function arguments expected near '.'"),
    (b"a:b = 1", b"1: function arguments expected near '='"),
    (b"x = a[1", b"1: ']' expected near '<eof>'"),
    (b"x = a[", b"1: unexpected symbol near '<eof>'"),
    (b"local", b"1: '<name>' expected near '<eof>'"),
    (b"local 1", b"1: '<name>' expected near '1'"),
    (b"local function", b"1: '<name>' expected near '<eof>'"),
    (b"local x.y = 1", b"1: unexpected symbol near '.'"),
    (b"local x,", b"1: '<name>' expected near '<eof>'"),
    (b"local x = ", b"1: unexpected symbol near '<eof>'"),
    (b"function", b"1: '<name>' expected near '<eof>'"),
    (b"function 1()", b"1: '<name>' expected near '1'"),
    (b"function a.b:c.d() end", b"1: '(' expected near '.'"),
    (b"function a:b:c() end", b"1: '(' expected near ':'"),
    (b"function (x) end", b"1: '<name>' expected near '('"),
    (
        b"function f(a,) end",
        b"1: <name> or '...' expected near ')'",
    ),
    (b"function f(..., a) end", b"1: ')' expected near ','"),
    (b"function f(a b) end", b"1: ')' expected near 'b'"),
    (
        b"function f(1) end",
        b"1: <name> or '...' expected near '1'",
    ),
    (b"function f(a", b"1: ')' expected near '<eof>'"),
    (b"for", b"1: '<name>' expected near '<eof>'"),
    (b"for 1", b"1: '<name>' expected near '1'"),
    (b"for x", b"1: '=' or 'in' expected near '<eof>'"),
    (b"for x y", b"1: '=' or 'in' expected near 'y'"),
    (b"for x = 1", b"1: ',' expected near '<eof>'"),
    (b"for x = 1 do end", b"1: ',' expected near 'do'"),
    (b"for x = 1, 2, 3, 4 do end", b"1: 'do' expected near ','"),
    (b"for x, y = 1, 2 do end", b"1: 'in' expected near '='"),
    (b"for x in", b"1: unexpected symbol near '<eof>'"),
    (b"for x in y", b"1: 'do' expected near '<eof>'"),
    (b"for x, in y do end", b"1: '<name>' expected near 'in'"),
    (b"if x", b"1: 'then' expected near '<eof>'"),
    (b"if then end", b"1: unexpected symbol near 'then'"),
    (
        b"if x then else elseif y then end",
        b"1: 'end' expected near 'elseif'",
    ),
    (b"if x then else else end", b"1: 'end' expected near 'else'"),
    (b"until x", b"1: '<eof>' expected near 'until'"),
    (b"then", b"1: unexpected symbol near 'then'"),
    (b"x = function() end end", b"1: '<eof>' expected near 'end'"),
    (b"goto 'x' = 1", b"1: unexpected symbol near '='"),
    (b"goto", b"1: '=' expected near '<eof>'"),
    (b"goto 1", b"1: '=' expected near '1'"),
    (b"goto goto", b"1: '=' expected near 'goto'"),
    (b"return goto x", b"1: '<eof>' expected near 'x'"),
    (b"x = {y; goto z}", b"1: '}' expected near 'z'"),
    (b"f(goto x)", b"1: ')' expected near 'x'"),
    (b"a::b()", b"1: '<name>' expected near ':'"),
    (b"::x", b"1: unexpected symbol near ':'"),
    (b"::x: :", b"1: unexpected symbol near ':'"),
    (b"::1::", b"1: unexpected symbol near ':'"),
    (b":: and ::", b"1: unexpected symbol near ':'"),
    (b"a.b:c", b"1: function arguments expected near '<eof>'"),
    (b"a 'x' = 1", b"1: unexpected symbol near '='"),
    (b"not x", b"1: unexpected symbol near 'not'"),
    (b"-x", b"1: unexpected symbol near '-'"),
    (b"return return", b"1: unexpected symbol near 'return'"),
    (b"return 1,", b"1: unexpected symbol near '<eof>'"),
    (b";", b"1: unexpected symbol near ';'"),
    (b"x = 1;;", b"1: unexpected symbol near ';'"),
    (b"local x; ;", b"1: unexpected symbol near ';'"),
    (
        b"function f() return ... end",
        b"1: cannot use '...' outside a vararg function near '...'",
    ),
    (
        b"function f() local x = function(...) return ... end return ... end",
        b"1: cannot use '...' outside a vararg function near '...'",
    ),
    (b"x = \"abc", b"1: unfinished string near '<eof>'"),
    (b"x = \"abc\ndef\"", b"1: unfinished string near '\"abc'"),
    (b"x = 'abc\\", b"1: unfinished string near '<eof>'"),
    (b"x = 'a\\nb\\65c", b"1: unfinished string near '<eof>'"),
    (b"x = \"\\300\"", b"1: escape sequence too large near '\"'"),
    (
        b"x = \"ab\\999c\"",
        b"1: escape sequence too large near '\"ab'",
    ),
    (b"x = \"\\256\"", b"1: escape sequence too large near '\"'"),
    (b"x = [[abc", b"1: unfinished long string near '<eof>'"),
    (
        b"x = [==[abc]=]\n\n",
        b"3: unfinished long string near '<eof>'",
    ),
    (b"x = [=", b"1: invalid long string delimiter near '[='"),
    (b"x = [==x", b"1: invalid long string delimiter near '[=='"),
    (b"--[[ abc", b"1: unfinished long comment near '<eof>'"),
    (
        b"\n--[==[ abc ]]\n",
        b"3: unfinished long comment near '<eof>'",
    ),
    (
        b"x = [[ a [[ b ]] ]]",
        b"1: nesting of [[...]] is deprecated near '['",
    ),
    (
        b"--[[ [[ ]]",
        b"1: nesting of [[...]] is deprecated near '['",
    ),
    (b"x = 3x", b"1: malformed number near '3x'"),
    (b"x = 0x", b"1: malformed number near '0x'"),
    (b"x = 0xg", b"1: malformed number near '0xg'"),
    (b"x = 3..2", b"1: malformed number near '3..2'"),
    (b"x = 1e", b"1: malformed number near '1e'"),
    (b"x = 1e+", b"1: malformed number near '1e+'"),
    (b"x = 1.2.3", b"1: malformed number near '1.2.3'"),
    (b"x = 0x1p", b"1: malformed number near '0x1p'"),
    (b"x = .5.", b"1: malformed number near '.5.'"),
    (b"x = 12abc", b"1: malformed number near '12abc'"),
    (b"x = 1e5x", b"1: malformed number near '1e5x'"),
    (b"x = 3_000", b"1: malformed number near '3_000'"),
    (b"x = @", b"1: unexpected symbol near '@'"),
    (b"x = $", b"1: unexpected symbol near '$'"),
    (b"x = ~", b"1: unexpected symbol near '~'"),
    (b"x ! y", b"1: '=' expected near '!'"),
    (b"x ~ y", b"1: '=' expected near '~'"),
    (b"x = \x01", b"1: unexpected symbol near 'char(1)'"),
    (b"x = \x7f", b"1: unexpected symbol near 'char(127)'"),
    (b"x = \x00", b"1: unexpected symbol"),
    (b"x = 'a\\0b' 'c'\x00", b"1: unexpected symbol near ''c''"),
    (b"x = 1 'a\\0b'", b"1: unexpected symbol near ''a'"),
    (b"x = 1 'a\\nb'", b"1: unexpected symbol near ''a\nb''"),
    (
        b"x = 1 [==[\na\r\nb]==]",
        b"3: unexpected symbol near '[==[a\nb]==]'",
    ),
    (b"x = 1 \"it's\"", b"1: unexpected symbol near '\"it's\"'"),
    (b"\xe9 = 1", b"1: unexpected symbol near '\xe9'"),
    (b"x\xc3\xa9 = 1", b"1: '=' expected near '\xc3'"),
    (b"x = 1 = ..", b"1: unexpected symbol near '='"),
    (b"x = a and", b"1: unexpected symbol near '<eof>'"),
    (b"x = a ..", b"1: unexpected symbol near '<eof>'"),
    (b"x = not", b"1: unexpected symbol near '<eof>'"),
    (b"x = -", b"1: unexpected symbol near '<eof>'"),
    (b"x = #", b"1: unexpected symbol near '<eof>'"),
    (b"x = {} {}", b"1: unexpected symbol near '{'"),
    (b"x = 'a' 'b'", b"1: unexpected symbol near ''b''"),
    (b"x = nil.x", b"1: unexpected symbol near '.'"),
    (b"x = 'a'.x", b"1: unexpected symbol near '.'"),
    (b"x = {}:y()", b"1: unexpected symbol near ':'"),
    (b"x = 1:y()", b"1: unexpected symbol near ':'"),
    (b"\\", b"1: unexpected symbol near '\\'"),
    (b"`", b"1: unexpected symbol near '`'"),
    (b"x = 2 ^", b"1: unexpected symbol near '<eof>'"),
    (b"\r\n\r\nx =\r\n", b"4: unexpected symbol near '<eof>'"),
    (b"\n\r\n\rx =", b"3: unexpected symbol near '<eof>'"),
    (b"\r\r\n\nx =", b"4: unexpected symbol near '<eof>'"),
    (
        b"a = 'x\\\r\ny\\\n\rz' +",
        b"3: unexpected symbol near '<eof>'",
    ),
    (
        b"x = {f\n,\ng\n(1)} +",
        b"4: unexpected symbol near '<eof>'",
    ),
    (b"x = {\nf\n+\n}", b"4: unexpected symbol near '}'"),
    (b"f{\n", b"2: unexpected symbol near '<eof>'"),
    (
        b"f{}\n{}\n(x)",
        b"3: ambiguous syntax (function call x new statement) near '('",
    ),
];

/// What only 5.1 refuses.
const LETTER_MESSAGES: &[(&[u8], &[u8])] = &[
    (b"goto x", b"1: '=' expected near 'x'"),
    (b"goto\nx ::x::", b"2: '=' expected near 'x'"),
    (b"::x::", b"1: unexpected symbol near ':'"),
    (b"x = y ::z::", b"1: '<name>' expected near ':'"),
    (b"return ::x::", b"1: unexpected symbol near ':'"),
    (b"x = 'a\\z\n'", b"1: unfinished string near ''az'"),
    (b"x = 0x1.8", b"1: unexpected symbol near '.8'"),
    (b"x = 0x.8", b"1: malformed number near '0x'"),
    (b"x = 0xA.", b"1: unexpected symbol near '.'"),
    (b"x = 0x1p-2", b"1: malformed number near '0x1p'"),
];

/// What additions refuse, or refuse in other words than 5.1.
const ADDED_MESSAGES: &[(&[u8], &[u8])] = &[
    (b"goto x", b"1: undefined label 'x'"),
    (b"goto\nx", b"2: undefined label 'x'"),
    (b"do ::x:: end\ngoto x", b"2: undefined label 'x'"),
    (
        b"::x:: f = function() goto x end",
        b"1: undefined label 'x'",
    ),
    (b"::x::\n\n::x::", b"3: label 'x' already defined on line 1"),
    (
        b"goto x\nlocal y\n::x:: y = 1",
        b"3: <goto x> at line 1 jumps into the scope of local 'y'",
    ),
    (
        b"repeat goto x local y ::x:: until y",
        b"1: <goto x> at line 1 jumps into the scope of local 'y'",
    ),
    (b"return ::x::", b"1: unexpected symbol near '::'"),
    (b"x = { ::x:: }", b"1: unexpected symbol near '::'"),
    (b"goto a.b", b"1: unexpected symbol near '.'"),
    (b"goto a = 1", b"1: unexpected symbol near '='"),
    (
        b"while x do break ::y:: end",
        b"1: 'end' expected near '::'",
    ),
    (
        b"while x do break goto y end",
        b"1: 'end' expected near 'goto'",
    ),
    (b"goto x; ;", b"1: unexpected symbol near ';'"),
    // The syntax error comes first, though the label is missing up to there.
    (b"goto x y = = 1", b"1: unexpected symbol near '='"),
    (b"if y then goto x", b"1: 'end' expected near '<eof>'"),
    (
        b"x = 'a\\u{110000}'",
        b"1: invalid escape sequence near ''a'",
    ),
    (b"x = 'a\\u{DFFF}'", b"1: invalid escape sequence near ''a'"),
    (b"x = 'a\\z\n\nb", b"3: unfinished string near '<eof>'"),
    (b"x = 0x1.8p", b"1: malformed number near '.8p'"),
    (b"x = 0x1.8.", b"1: malformed number near '.8.'"),
    (b"x = 0x1p+", b"1: malformed number near '0x1p'"),
    (b"x = 0x1.8 y = = 2", b"1: unexpected symbol near '='"),
];

fn check(dialect: Dialect, messages: &[(&[u8], &[u8])]) {
    for (source, message) in messages {
        let expected = [b"x.lua:".as_slice(), message].concat();
        let found = error_in(dialect, source);
        let show = String::from_utf8_lossy;
        assert_eq!(
            show(&found.message),
            show(&expected),
            "for {}",
            show(source)
        );
        assert_eq!(found.message, expected);
    }
}

#[test]
fn messages_are_those_of_luac() {
    check(Dialect::Lua51, MESSAGES);
    check(Dialect::Lua51, LETTER_MESSAGES);
    if common::has_luac() {
        for (source, message) in MESSAGES.iter().chain(LETTER_MESSAGES) {
            let expected = [b"x.lua:".as_slice(), message, b"\n"].concat();
            assert_eq!(common::luac_bytes(source, &["-o", "-"]), expected);
        }
    }
}

#[test]
fn additions_leave_other_messages_alone() {
    check(Dialect::Bvm, MESSAGES);
    check(Dialect::Bvm52, MESSAGES);
}

#[test]
fn additions_have_their_own_messages() {
    check(Dialect::Bvm, ADDED_MESSAGES);
    check(Dialect::Bvm52, ADDED_MESSAGES);
    let missing = error(b"local x = 1\ngoto done");
    assert!(!missing.incomplete && missing.line == 2 && missing.span == (17..21));
}

#[test]
fn the_line_is_that_of_the_message() {
    for (source, message) in MESSAGES {
        let digits = message.split(|&b| b == b':').next().unwrap();
        let line: u32 = String::from_utf8_lossy(digits).parse().unwrap();
        assert_eq!(error(source).line, line);
    }
}

#[test]
fn incomplete_means_near_the_end() {
    for (source, message) in MESSAGES {
        assert_eq!(
            error(source).incomplete,
            message.ends_with(b" near '<eof>'")
        );
    }
}

#[test]
fn the_span_covers_the_token() {
    let text = |source: &'static [u8]| &source[error(source).span];
    assert_eq!(text(b"x = = 1"), b"=");
    assert_eq!(text(b"local x = 1 'abc' y"), b"'abc'");
    assert_eq!(text(b"x = 3x y"), b"3x");
    assert_eq!(text(b"f\n(1)"), b"(");
    assert_eq!(text(b"if x then"), b"");
    for (source, _) in MESSAGES {
        let span = error(source).span;
        assert!(span.start <= span.end && span.end <= source.len());
    }
}

#[test]
fn nul_bytes_do_what_they_do_in_luac() {
    let numbers = |source| compile(source, b"=x").map(|proto| proto.consts);
    let number = |value| Ok(vec![bvm_isa::Const::Number(value)]);
    assert_eq!(numbers(b"return 1\x00"), number(1.0));
    assert_eq!(numbers(b"return 12\x00-3"), number(12.0));
    assert!(compile(b"return .\x00.", b"=x").is_ok_and(|proto| proto.code.len() == 3));
    let zero = error(b"x = \x00");
    assert_eq!(zero.to_string(), "x.lua:1: unexpected symbol");
}

#[test]
fn chunk_names_are_shown_as_luac_shows_them() {
    let message = |name: &[u8]| {
        let error = compile(b"x =", name).unwrap_err();
        String::from_utf8_lossy(&error.message).into_owned()
    };
    let words = ":1: unexpected symbol near '<eof>'";
    assert_eq!(message(b"=stdin"), format!("stdin{words}"));
    assert_eq!(message(b"x ="), format!("[string \"x =\"]{words}"));
    assert_eq!(message(b"x =\ny"), format!("[string \"x =...\"]{words}"));
    let long = [b"@".as_slice(), &[b'd'; 100]].concat();
    assert_eq!(message(&long), format!("...{}{words}", "d".repeat(72)));
}

/// Whoever compiles in portions would have to copy megabytes in one.
#[test]
fn of_a_long_token_messages_show_the_beginning() {
    for (before, token, behind) in [
        ("x = ", "7", "x"),
        ("x = \"", "y", "\n"),
        ("x = 1 [[", "y", "]]"),
        ("x = 1 'a", "y", "'"),
        ("x = 1 z z", "y", ""),
        ("x = [", "=", ""),
    ] {
        let message = |count: usize| {
            let source = [before, &token.repeat(count), behind].concat();
            let compiled = bvm_compiler::compile(source.as_bytes(), b"=s");
            compiled.expect_err("it is no Lua").message
        };
        let (short, long) = (message(4000), message(1 << 20));
        assert!((4000..4100).contains(&short.len()), "{before}");
        assert!((4096..4200).contains(&long.len()), "{before}");
        assert!(
            long.ends_with(b"...'") && long.starts_with(&short[..4000]),
            "{before}"
        );
    }
}
