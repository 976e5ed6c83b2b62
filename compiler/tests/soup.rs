//! Random sources: nothing panics, and `luac5.1`, where it is installed, agrees on every byte.

mod common;

use bvm_compiler::compile;
use bvm_isa::{Const, Proto};
use proptest::prelude::*;

const TOKENS: &[&str] = &[
    "and",
    "break",
    "do",
    "else",
    "elseif",
    "end",
    "false",
    "for",
    "function",
    "if",
    "in",
    "local",
    "nil",
    "not",
    "or",
    "repeat",
    "return",
    "then",
    "true",
    "until",
    "while",
    "+",
    "-",
    "*",
    "/",
    "%",
    "^",
    "#",
    "==",
    "~=",
    "<=",
    ">=",
    "<",
    ">",
    "=",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ";",
    ":",
    ",",
    ".",
    "..",
    "...",
    "a",
    "b",
    "c",
    "a",
    "b",
    "1",
    "2.5",
    "'s'",
    "[[l]]",
    "\n",
    "(",
    ")",
    "=",
    ",",
    "end",
    "local a",
    "f()",
    "f\n(",
    "x.y",
    "x:y()",
    "function() ",
    "{ a = 1, 2 }",
    "a.b",
    "if a then",
    "while a do",
    "for i = 1, 2 do",
    "for k in f do",
    "repeat",
    "until a",
    "return a",
    "a = a and b or c",
    "a = b == c",
    "not a",
    "local function f(a, ...)",
    "\"",
    "--[[",
    "[=[",
    "0x",
    "1e",
    "'\\300'",
    "\u{1}",
    "\u{e9}",
    "@",
];

fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(TOKENS);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.join(" "))
}

/// What `compile` says, as `luac5.1 -o -` would.
fn outcome(source: &[u8]) -> Vec<u8> {
    match compile(source, b"@x.lua") {
        Ok(proto) => bvm_isa::write_chunk(&proto, false),
        Err(error) => [error.message.as_slice(), b"\n"].concat(),
    }
}

/// `luac` keeps -0 and 0 as one constant, we as two.
fn has_minus_zero(proto: &Proto) -> bool {
    let minus_zero = |constant: &Const| match constant {
        Const::Number(value) => *value == 0.0 && value.is_sign_negative(),
        _ => false,
    };
    proto.consts.iter().any(minus_zero) || proto.protos.iter().any(has_minus_zero)
}

fn check_against_luac(source: &str) {
    let differs = compile(source.as_bytes(), b"=x").is_ok_and(|proto| has_minus_zero(&proto));
    // `luac` skips a first line that begins with `#`; here the caller would.
    if !differs && !source.starts_with('#') && common::has_luac() {
        let expected = common::luac_bytes(source.as_bytes(), &["-o", "-"]);
        assert_eq!(outcome(source.as_bytes()), expected, "for {source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(source in prop::collection::vec(any::<u8>(), 0..200)) {
        outcome(&source);
    }

    #[test]
    fn any_tokens(source in soup()) {
        outcome(source.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tokens_as_luac(source in soup()) {
        check_against_luac(&source);
    }

    #[test]
    fn damaged_programs_as_luac(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        length in 0usize..6,
        token in prop::sample::select(TOKENS),
    ) {
        let sections = common::read_sections(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listings.txt"));
        let source = &which.get(&sections).source;
        let at = at.index(source.len() + 1);
        let after = (at + length).min(source.len());
        check_against_luac(&format!("{}{token}{}", &source[..at], &source[after..]));
    }
}
