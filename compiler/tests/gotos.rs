//! Random blocks full of jumps: what compiles passes the verifier, and every refusal has its reason.

#![allow(clippy::unwrap_used)]

use bvm_isa::verify;
use proptest::prelude::*;

/// Statements, openings and closings of blocks, in any order.
const LINES: &[&str] = &[
    "goto a",
    "goto b",
    "goto c",
    "if x then goto a end",
    "if x then goto b end",
    "if f() then local y = f() goto c end",
    "::a::",
    "::b::",
    "::c::",
    "local x",
    "local x = f()",
    "local y, z = x",
    "x = y",
    "f(x, function() x = y return x end)",
    "f = { x, y, f() }",
    "do",
    "while f() do",
    "repeat",
    "for x = 1, f() do",
    "for x, y in f() do",
    "if f() then",
    "f(function(x)",
    "else",
    "close",
    "close",
    "close",
    "close",
    "if x then break end",
    "if x then return f(x) end",
];

/// A program of the lines: blocks are closed as they were opened.
fn program(lines: &[&str]) -> String {
    let mut source = String::new();
    let mut open: Vec<&str> = Vec::new();
    for &line in lines {
        let text = match line {
            "close" => open.pop().unwrap_or_default(),
            "else" if open.last() == Some(&"end ") => "x = y",
            "else" => "",
            _ => line,
        };
        match line {
            "repeat" => open.push("until f(x)"),
            "f(function(x)" => open.push("end)"),
            "do" => open.push("end"),
            _ if line.ends_with(" do") || line.ends_with(" then") => open.push("end"),
            _ => {}
        }
        source += text;
        source.push('\n');
    }
    while let Some(closer) = open.pop() {
        source += closer;
        source.push('\n');
    }
    source
}

fn is_about_jumps(message: &str) -> bool {
    let words = [
        "undefined label '",
        "' already defined on line ",
        "jumps into the scope of local '",
    ];
    message.contains("no loop to break") || words.iter().any(|words| message.contains(words))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn jumps_pass_the_verifier(lines in prop::collection::vec(prop::sample::select(LINES), 0..60)) {
        let source = program(&lines);
        match bvm_compiler::compile(source.as_bytes(), b"=x") {
            Ok(proto) => {
                let verdict = verify(proto).map(drop);
                prop_assert!(verdict.is_ok(), "{verdict:?} for {source}");
            }
            Err(error) => prop_assert!(is_about_jumps(&error.to_string()), "{error} for {source}"),
        }
    }
}

#[test]
fn many_labels_and_jumps_take_linear_time() {
    // Four words each: all jumps are just short enough.
    let count = 30_000;
    let jump = |n: usize| format!("if x then goto l{n} end ");
    let jumps: String = (0..count).map(jump).collect();
    let labels: String = (0..count).map(|n| format!("::l{n}:: ")).collect();
    let one = jump(0).repeat(count);
    for source in [
        format!("{jumps} {labels}"),
        format!("{labels} {jumps}"),
        format!("{one} ::l0::"),
        format!("::l0:: {one}"),
        "do ::l0:: goto l0 end ".repeat(count),
    ] {
        assert!(bvm_compiler::compile(source.as_bytes(), b"=x").is_ok());
    }
    let too_long = format!("{one} {one} ::l0::");
    let error = bvm_compiler::compile(too_long.as_bytes(), b"=x").unwrap_err();
    let words = error.to_string();
    assert!(words.contains("control structure too long"), "{words}");
}
