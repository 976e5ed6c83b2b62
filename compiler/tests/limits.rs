//! Sources made to exceed limits: they end in `lua5.1`'s messages, without deep host recursion.
#![allow(clippy::unwrap_used)]

use bvm_compiler::{Mode, compile, compile_as};

/// A million, or what unoptimised code can do in the same time.
const MANY: usize = if cfg!(debug_assertions) {
    100_000
} else {
    1_000_000
};
const LEVELS: &str = "x:1: chunk has too many syntax levels";

/// The message, or "" when the source compiles. Runs on a small stack on purpose.
fn message_of(source: String) -> String {
    let run = move || match compile(source.as_bytes(), b"=x") {
        Ok(_) => String::new(),
        Err(error) => error.to_string(),
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20);
    thread.spawn(run).unwrap().join().unwrap()
}

fn nested(open: &str, inner: &str, close: &str, count: usize) -> String {
    [&open.repeat(count), inner, &close.repeat(count)].concat()
}

fn numbered(pattern: &str, separator: &str, count: usize) -> String {
    let items: Vec<String> = (0..count)
        .map(|n| pattern.replace('#', &n.to_string()))
        .collect();
    items.join(separator)
}

#[test]
fn nesting_has_200_levels() {
    for (open, inner, close, most) in [
        ("do ", "", "end ", 198),
        ("while x do ", "", "end ", 198),
        ("if x then ", "", "end ", 198),
        ("repeat ", "", "until x ", 198),
        ("for i = 1, 2 do ", "", "end ", 49),
        ("function f() ", "", "end ", 198),
    ] {
        assert_eq!(message_of(nested(open, inner, close, most)), "", "{open}");
    }
    for (open, inner, close) in [
        ("do ", "", "end "),
        ("while x do ", "", "end "),
        ("if x then ", "", "end "),
        ("repeat ", "", "until x "),
        ("function f() ", "", "end "),
    ] {
        assert_eq!(message_of(nested(open, inner, close, 199)), LEVELS);
        assert_eq!(message_of(nested(open, inner, close, MANY)), LEVELS);
        assert_eq!(message_of(open.repeat(MANY)), LEVELS);
    }
}

#[test]
fn expressions_have_200_levels() {
    for (open, inner, close, most) in [
        ("(", "1", ")", 197),
        ("{", "", "}", 198),
        ("- ", "x", "", 197),
        ("not ", "x", "", 197),
        ("x .. ", "x", "", 197),
        ("2 ^ ", "2", "", 197),
        ("x[", "1", "]", 197),
        ("f(", "1", ")", 197),
        ("{[1]=", "1", "}", 197),
        ("function() return ", "1", " end", 98),
    ] {
        let source = |count| ["x = ", &nested(open, inner, close, count)].concat();
        assert_eq!(message_of(source(most)), "", "{open}");
        assert_eq!(message_of(source(most + 1)), LEVELS, "{open}");
        assert_eq!(message_of(source(MANY / 4)), LEVELS, "{open}");
        let unfinished = ["x = ", &open.repeat(MANY / 4)].concat();
        assert_eq!(message_of(unfinished), LEVELS, "{open}");
    }
    let calls = ["f", &"{".repeat(MANY)].concat();
    assert_eq!(message_of(calls), LEVELS);
}

#[test]
fn levels_in_use_count() {
    let source = nested("do ", "", "end ", 198);
    assert!(compile_as(source.as_bytes(), b"=x", within(1)).is_ok());
    let error = compile_as(source.as_bytes(), b"=x", within(2)).unwrap_err();
    assert_eq!(error.to_string(), LEVELS);
    assert!(compile_as(b"", b"=x", within(u32::MAX)).is_err());
}

#[test]
fn chains_have_no_limit() {
    for source in [
        ["x = a", &".b".repeat(MANY)].concat(),
        ["x = a", &"()".repeat(MANY)].concat(),
        ["x = a", &"[1]".repeat(MANY)].concat(),
        ["x = a", &":b()".repeat(MANY / 4)].concat(),
        ["x = a", &" + a".repeat(MANY / 4)].concat(),
        ["x = a", &" - -a".repeat(MANY / 4)].concat(),
        ["f", &"''".repeat(MANY)].concat(),
        "f() ".repeat(MANY / 4),
        "x = 1; ".repeat(MANY / 4),
        ["x = {", &"1,".repeat(MANY / 4), "}"].concat(),
    ] {
        assert_eq!(message_of(source), "");
    }
}

#[test]
fn jumps_have_a_reach() {
    let body = |count| format!("while x do {}end", "a = 1 ".repeat(count));
    assert_eq!(message_of(body(65_533)), "");
    let long = "x:1: control structure too long near 'end'";
    assert_eq!(message_of(body(65_536)), long);
    let chain = ["x = a", &" and a".repeat(100_000)].concat();
    let long = "x:1: control structure too long near '<eof>'";
    assert_eq!(message_of(chain), long);
}

#[test]
fn local_variables_are_200() {
    let names = |count| numbered("a#", ", ", count);
    assert_eq!(message_of(format!("local {}", names(200))), "");
    assert_eq!(
        message_of(format!("local {}", names(201))),
        "x:1: main function has more than 200 local variables"
    );
    for end in ["end", "end end"] {
        assert_eq!(
            message_of(format!("\nfunction f({}) {end}", names(201))),
            "x:2: function at line 2 has more than 200 local variables"
        );
    }
    let blocks = "do local a, b, c end ".repeat(10_922);
    assert_eq!(message_of(blocks.clone()), "");
    let more = format!("{blocks} local a, b");
    assert_eq!(message_of(more), "too many local variables");
}

#[test]
fn upvalues_are_60() {
    let source = |count| {
        let locals = numbered("local a#", "\n", count);
        let sum = numbered("a#", " + ", count);
        format!("{locals}\nfunction f() return {sum} end")
    };
    assert_eq!(message_of(source(60)), "");
    assert_eq!(
        message_of(source(61)),
        "x:62: function at line 62 has more than 60 upvalues"
    );
}

#[test]
fn registers_are_250() {
    let call = |count| format!("f({})", numbered("#", ", ", count));
    assert_eq!(message_of(call(248)), "");
    let complex = "x:1: function or expression too complex near '<eof>'";
    assert_eq!(message_of(call(249)), complex);
}

#[test]
fn assignment_targets_are_199() {
    let source = |count| format!("{} = 1", numbered("a#", ", ", count));
    assert_eq!(message_of(source(199)), "");
    let limit = "x:1: main function has more than 198 variables in assignment";
    assert_eq!(message_of(source(200)), limit);
}

#[test]
fn constants_are_262143() {
    let table = |count| format!("local t = {{{}}}", numbered("#.5", ",", count));
    assert_eq!(message_of(table(262_143)), "");
    assert_eq!(message_of(table(262_144)), "constant table overflow");
}

#[test]
fn long_tokens_and_lines() {
    let text = "a".repeat(10 * MANY);
    assert_eq!(message_of(format!("x = '{text}'")), "");
    assert_eq!(message_of(format!("{text} = 1")), "");
    assert_eq!(message_of(format!("x = [[{text}]]")), "");
    assert_eq!(message_of(format!("--{text}")), "");
    assert_eq!(message_of(" ".repeat(10 * MANY)), "");
    assert_eq!(message_of("\n".repeat(10 * MANY)), "");
    assert_eq!(message_of("--\n".repeat(MANY)), "");
    assert_eq!(message_of("--[[]] ".repeat(MANY)), "");
    assert_eq!(
        message_of(["x = [==[", &"]=".repeat(MANY)].concat()),
        "x:1: unfinished long string near '<eof>'"
    );
    assert!(message_of(["x = [", &"=".repeat(MANY)].concat()).starts_with("x:1: invalid long"));
    assert_eq!(message_of(["x = ", &"1".repeat(MANY)].concat()), "");
}

fn within(levels: u32) -> Mode {
    Mode {
        levels,
        ..Mode::default()
    }
}
