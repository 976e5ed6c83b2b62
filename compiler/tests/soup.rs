//! Random sources: nothing panics, `luac5.1`, where it is installed, agrees on every byte, and the
//! additions leave alone what does not use them.

mod common;

use bvm_compiler::{CompileError, Mode, compile_as};
use bvm_isa::{Const, Dialect, Proto};
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

/// What only dialects with additions know, and its parts.
const ADDED: &[&str] = &[
    "goto",
    "goto a",
    "goto b",
    "goto goto",
    "::",
    "::a::",
    "::b::",
    "::a:: ::b::",
    "local goto",
    "'\\x41\\xg'",
    "'\\z\n '",
    "'\\u{20AC}\\u'",
    "'\\u{110000}'",
    "0x1.8",
    "0x.8p-1",
    "0xA..",
    "0x.",
];

fn soup() -> impl Strategy<Value = String> {
    let token = prop::sample::select(TOKENS);
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.join(" "))
}

/// Soup with additions in it.
fn added_soup() -> impl Strategy<Value = String> {
    let plain = prop::sample::select(TOKENS);
    let added = prop::sample::select(ADDED);
    let token = prop_oneof![2 => plain, 1 => added];
    prop::collection::vec(token, 0..40).prop_map(|tokens| tokens.join(" "))
}

fn compile_in(dialect: Dialect, source: &[u8]) -> Result<Proto, CompileError> {
    let mode = Mode {
        dialect,
        ..Mode::default()
    };
    compile_as(source, b"@x.lua", mode)
}

/// What the compiler says, as `luac5.1 -o -` would.
fn outcome(dialect: Dialect, source: &[u8]) -> Vec<u8> {
    match compile_in(dialect, source) {
        Ok(proto) => {
            let chunk = bvm_isa::write_chunk(&proto, false);
            assert!(bvm_isa::verify(proto).is_ok(), "the verifier refuses it");
            chunk
        }
        Err(error) => [error.message.as_slice(), b"\n"].concat(),
    }
}

/// In a dialect with additions, nothing panics and the recogniser refuses what the grammar refuses.
fn check_additions(source: &str) {
    let words = String::from_utf8_lossy(&outcome(Dialect::Bvm, source.as_bytes())).into_owned();
    assert!(!words.contains("refused token"), "for {source}");
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
    let proto = compile_in(Dialect::Lua51, source.as_bytes());
    let differs = proto.is_ok_and(|proto| has_minus_zero(&proto));
    // `luac` skips a first line that begins with `#`; here the caller would.
    if !differs && !source.starts_with('#') && common::has_luac() {
        let expected = common::luac_bytes(source.as_bytes(), &["-o", "-"]);
        let ours = outcome(Dialect::Lua51, source.as_bytes());
        assert_eq!(ours, expected, "for {source}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(source in prop::collection::vec(any::<u8>(), 0..200)) {
        outcome(Dialect::Lua51, &source);
        outcome(Dialect::Bvm, &source);
    }

    #[test]
    fn any_tokens(source in soup()) {
        let letter = outcome(Dialect::Lua51, source.as_bytes());
        prop_assert_eq!(letter, outcome(Dialect::Bvm, source.as_bytes()));
    }

    #[test]
    fn any_tokens_with_additions(source in added_soup()) {
        check_additions(&source);
        // What is valid without them is the same program with them, but for the three escapes.
        let letter = compile_in(Dialect::Lua51, source.as_bytes());
        if !source.contains('\\') && let Ok(letter) = letter {
            prop_assert_eq!(Ok(letter), compile_in(Dialect::Bvm, source.as_bytes()));
        }
    }

    #[test]
    fn damaged_programs_with_additions(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        token in prop::sample::select(ADDED),
    ) {
        let sections = common::read_sections(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/listings.txt"));
        let source = &which.get(&sections).source;
        let at = at.index(source.len() + 1);
        check_additions(&format!("{} {token} {}", &source[..at], &source[at..]));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn tokens_as_luac(source in soup()) {
        check_against_luac(&source);
    }

    #[test]
    fn additions_as_luac(source in added_soup()) {
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
