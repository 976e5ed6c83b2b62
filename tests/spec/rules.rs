//! The chapter on the verifier: each rule that the code can report is in its tables, no other is, and
//! each is broken by an example here.

use super::chunks::rules_shown;
use super::words::word;
use super::{file, page, rows, section};
use bvm_isa::lua51::Op;
use bvm_isa::{Const, Proto, VerifyError, Word, verify};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    blocks.insert("rule examples".into(), examples());
}

/// A main function with 9 registers, `...`, the constants `"x"` and 1, and an inner function with one
/// upvalue.
fn function(code: &str) -> Proto {
    Proto {
        source: Some(b"=x".as_slice().into()),
        vararg: 2,
        max_stack: 9,
        code: code.split("; ").map(word).collect(),
        consts: vec![Const::Str(b"x".as_slice().into()), Const::Number(1.0)],
        protos: vec![Proto {
            upvalue_count: 1,
            max_stack: 2,
            code: vec![word("RETURN 0 1")],
            ..Proto::default()
        }],
        ..Proto::default()
    }
}

/// Code that breaks one rule each.
const BROKEN: &[(&str, &str)] = &[
    ("I1", "word 00000026; RETURN 0 1"),
    ("I2", "word 00004000; RETURN 0 1"),
    ("I3", "MOVE 0 9; RETURN 0 1"),
    ("I3", "ADD 0 0 -3; RETURN 0 1"),
    ("I3", "GETGLOBAL 0 -2; RETURN 0 1"),
    ("I4", "LOADBOOL 0 2 0; RETURN 0 1"),
    ("I5", "LOADNIL 1 0; RETURN 0 1"),
    ("I6", "GETUPVAL 0 0; RETURN 0 1"),
    ("I7", "NEWTABLE 0 256 0; RETURN 0 1"),
    ("I8", "SELF 8 0 -1; RETURN 0 1"),
    ("I8", "CONCAT 0 1 1; RETURN 0 1"),
    ("I9", "EQ 0 0 1; RETURN 0 1"),
    ("I9", "EQ 2 0 1; JMP 0; RETURN 0 1"),
    ("I10", "CALL 7 3 1; RETURN 0 1"),
    ("I10", "TAILCALL 0 1 0; RETURN 0 1"),
    ("I11", "RETURN 7 4"),
    ("I12", "FORPREP 0 0; RETURN 0 1"),
    ("I13", "TFORLOOP 0 0; JMP -2; RETURN 0 1"),
    ("I14", "NEWTABLE 8 0 0; SETLIST 8 1 1; RETURN 0 1"),
    (
        "I14",
        "NEWTABLE 0 0 0; word 00800022; word 000001FF; RETURN 0 1",
    ),
    (
        "I14",
        "NEWTABLE 0 0 0; word 00800022; word 00FFFFFF; RETURN 0 1",
    ),
    ("I15", "CLOSURE 0 1; RETURN 0 1"),
    ("I15", "CLOSURE 0 0; RETURN 0 1"),
    ("I16", "JMP 1; RETURN 0 1"),
    ("I16", "JMP 1; CLOSURE 0 0; MOVE 0 0; RETURN 0 1"),
    ("F2", "CALL 0 1 1; MOVE 1 0; RETURN 0 1"),
    ("F4", "CALL 0 1 0; RETURN 0 1"),
    ("F4", "CALL 0 0 1; RETURN 0 1"),
    ("F4", "VARARG 0 0; CALL 0 0 1; RETURN 0 1"),
    ("F4", "JMP 1; VARARG 1 0; RETURN 0 0"),
    ("F5", "FORPREP 0 1; LOADK 0 -2; FORLOOP 0 -2; RETURN 0 1"),
    ("F5", "JMP 1; FORPREP 0 0; FORLOOP 0 -1; RETURN 0 1"),
    ("F6", "SETLIST 0 1 1; RETURN 0 1"),
    ("F7", "CLOSURE 0 0; MOVE 0 2; CALL 1 1 1; RETURN 0 1"),
    ("F8", "LOADNIL 0 0"),
];

/// Makes a function wrong.
type Damage = fn(&mut Proto);

/// Functions whose header breaks a rule: what is done to them.
const BAD_HEADERS: &[(&str, &str, Damage)] = &[
    ("P1", "no registers", |p| p.max_stack = 0),
    ("P1", "251 registers", |p| p.max_stack = 251),
    ("P1", "10 parameters in 9 registers", |p| p.param_count = 10),
    ("P2", "vararg bits 1", |p| p.vararg = 1),
    ("P3", "one upvalue in the main function", |p| {
        p.upvalue_count = 1
    }),
    ("P3", "61 upvalues in an inner function", |p| {
        p.protos[0].upvalue_count = 61
    }),
    ("P3", "two names for one upvalue", |p| {
        p.protos[0].upvalue_names = vec![b"a".as_slice().into(); 2];
    }),
    ("P4", "two lines for one word", |p| p.lines = vec![1, 1]),
    ("P4", "a line above 2^31 - 1", |p| p.lines = vec![1 << 31]),
    ("P6", "no words", |p| p.code.clear()),
];

fn broken(proto: Proto, what: &str) -> VerifyError {
    match verify(proto) {
        Ok(_) => panic!("'{what}' is accepted"),
        Err(error) => error,
    }
}

/// The table of examples with the messages about them.
fn examples() -> String {
    let mut text = String::from("| rule | a function with | message |\n|---|---|---|\n");
    for (rule, what, change) in BAD_HEADERS {
        let mut proto = function("RETURN 0 1");
        change(&mut proto);
        let error = broken(proto, what);
        assert_eq!(error.rule, *rule, "{what}");
        let _ = writeln!(text, "| {rule} | {what} | `{error}` |");
    }
    for (rule, code) in BROKEN {
        let error = broken(function(code), code);
        assert_eq!(error.rule, *rule, "{code}");
        let _ = writeln!(text, "| {rule} | `{code}` | `{error}` |");
    }
    text
}

/// Code whose states settle so slowly that the walk is given up: blocks in the order opposite to that of
/// control, so that news travels one block a sweep, and a source of news that takes long to run dry.
fn too_complex() -> Proto {
    const BLOCKS: i32 = 2000;
    const CAPTURES: i32 = 200;
    let blocks_at = 1 + CAPTURES * 6;
    let entry = blocks_at + BLOCKS * 2 - 2;
    let jump = |code: &[Word], target: i32| Word::asbx(Op::Jmp, 0, target - code.len() as i32 - 1);
    let mut code = vec![Word::asbx(Op::Jmp, 0, blocks_at - 7)];
    for register in (0..CAPTURES).rev() {
        let before = if register == CAPTURES - 1 {
            entry
        } else {
            code.len() as i32 - 6
        };
        code.push(word("TEST 0 0 0"));
        code.push(Word::asbx(Op::Jmp, 0, 3));
        code.push(Word::abx(Op::Closure, 0, 0));
        code.push(Word::abc(Op::Move, 0, register as u16, 0));
        code.push(jump(&code, entry));
        code.push(jump(&code, before));
    }
    for block in 0..BLOCKS {
        code.push(word("MOVE 0 0"));
        let next = if block == 0 {
            entry + 2
        } else {
            blocks_at + block * 2 - 2
        };
        code.push(jump(&code, next));
    }
    code.push(word("RETURN 0 1"));
    Proto {
        max_stack: 250,
        code,
        ..function("RETURN 0 1")
    }
}

/// All Rust files below a folder, as one text.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|e| e == "rs") {
            *text += &std::fs::read_to_string(&path).unwrap_or_default();
        }
    }
}

/// Whether a word is a letter of the rules and a number.
fn is_rule(word: &str) -> bool {
    let (kind, number) = word.split_at_checked(1).unwrap_or_default();
    matches!(kind, "D" | "P" | "I" | "F") && number.parse::<u8>().is_ok()
}

/// The rules that the code of `isa` reports.
fn reported() -> BTreeSet<String> {
    let mut code = String::new();
    sources(&file("isa/src"), &mut code);
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code = code.collect::<Vec<_>>().join("\n");
    let words = code.split('"').filter(|word| is_rule(word));
    words.map(str::to_owned).collect()
}

#[test]
fn the_rules_are_those_that_the_code_reports() {
    let chapter = section(&page(), "## Verifier");
    let mut listed = BTreeSet::new();
    for heading in [
        "### Rules about a chunk",
        "### Rules about a function",
        "### Rules about a word",
        "### Rules about paths",
    ] {
        let table = section(&format!("\n{chapter}"), heading);
        for row in rows(&table) {
            if is_rule(&row[0]) {
                assert!(listed.insert(row[0].clone()), "{} is listed twice", row[0]);
            }
        }
    }
    assert_eq!(listed, reported(), "left: spec.md, right: isa/src");
}

#[test]
fn every_rule_is_broken_by_an_example() {
    let mut shown = rules_shown();
    shown.extend(BAD_HEADERS.iter().map(|(rule, ..)| (*rule).to_owned()));
    shown.extend(BROKEN.iter().map(|(rule, _)| (*rule).to_owned()));
    let complex = verify(too_complex());
    shown.extend(complex.err().map(|error| error.rule.to_owned()));
    assert_eq!(shown, reported(), "left: examples, right: isa/src");
}

#[test]
fn the_holes_name_rules_that_are_there() {
    let table = section(&page(), "### Holes of Lua 5.1's checker");
    let rules = reported();
    let rows = rows(&table);
    let holes: Vec<&str> = rows.iter().map(|row| row[0].as_str()).collect();
    for number in 1..=12 {
        assert!(
            holes.contains(&format!("H{number}").as_str()),
            "H{number} is missing"
        );
    }
    for row in rows.iter().filter(|row| row[0].starts_with('H')) {
        let named = row[2]
            .split([' ', ',', ';', ':', '.', '(', ')'])
            .filter(|word| is_rule(word));
        for rule in named {
            assert!(rules.contains(rule), "{}: no rule {rule}", row[0]);
        }
    }
}
