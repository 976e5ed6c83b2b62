//! The most deeply nested sources fit on the stack that compiling has, and on half of it. Must not test what they come to.

use bvm_apart::{Apart, Chunk};
use bvm_compiler::Mode;
use bvm_isa::Proto;
use bvm_isa::pace::WHOLE;
use std::thread::Builder;

/// Half of the stack that compiling has (`src/idle.rs`).
const HALF: usize = 1 << 20;

/// Something nested so deep, correct and not, as the compiler and its diagnosis are two.
fn sources() -> Vec<String> {
    let kinds = [
        ("return ", "{", "1", "}"),
        ("return ", "{a={", "1", "}}"),
        ("return ", "(", "1", ")"),
        ("return ", "a(", "1", ")"),
        ("return ", "a[", "1", "]"),
        ("return ", "function() return ", "1", " end"),
        ("return ", "- not # ", "1", ""),
        ("return ", "1 .. ", "1", ""),
        ("return ", "1 ^ ", "1", ""),
        ("return ", "1 + a and (b or ", "1", ")"),
        ("return ", "{function() return a{b[", "1", "]} end}"),
        ("", "do ", "", " end"),
        ("", "while a do ", "", " end"),
        ("", "repeat local a ", "", " until a"),
        ("", "if a then elseif b then ", "", " else end"),
        ("", "for i = 1, 2 do ", "", " end"),
        ("", "for k in a do ", "", " end"),
        ("", "function f() ", "", " end"),
        ("", "local function f() local a if a then ", "", " end end"),
        ("a", ",a", "", " = 1"),
    ];
    let mut sources = Vec::new();
    for (before, open, middle, close) in kinds {
        for depth in [60, 65, 98, 130, 195, 196, 197, 198, 199, 200, 201, 5000] {
            let (opened, closed) = (open.repeat(depth), close.repeat(depth));
            sources.push(format!("{before}{opened}{middle}{closed}"));
            sources.push(format!("{before}{opened}{middle}{closed} = ="));
            sources.push(format!("{before}{opened} ?"));
        }
    }
    sources
}

fn chunk(source: &str) -> Chunk<'static> {
    Chunk {
        bytes: source.as_bytes().to_vec().into(),
        name: None,
        mode: Mode::default(),
        is_trial: false,
        longest_name: 100,
    }
}

/// Compiles all sources on a stack of this size; most of them are correct.
fn compile_on(stack: usize, sources: fn() -> Vec<String>) {
    let compile_all = move || {
        let outcomes = sources()
            .into_iter()
            .map(|source| chunk(&source).compile_here());
        outcomes.filter(Result::is_ok).count()
    };
    let thread = Builder::new().stack_size(stack).spawn(compile_all);
    let correct = thread.expect("a thread").join().expect("no panic");
    assert!(correct > 50, "{correct}");
}

/// Compiles sources in so many portions on a stack of their own, which comes to the same as at once.
fn come_to_the_same(sources: Vec<String>, portions: u64) {
    for source in sources {
        let mut apart = Apart::begin(chunk(&source)).expect("a stack");
        for part in 1..portions {
            apart.go_on(WHOLE / portions * part);
        }
        let outcome = apart.finish().expect("no panic");
        let here = chunk(&source).compile_here();
        match (outcome, here) {
            (Ok(Some(apart)), Ok(Some(here))) => assert_eq!(apart.proto(), here.proto()),
            (Err(apart), Err(here)) => assert_eq!(apart.message, here.message),
            (apart, here) => panic!("{apart:?} and {here:?}: {source}"),
        }
    }
}

#[test]
fn the_deepest_sources_fit_on_half_of_a_stack() {
    compile_on(HALF, sources);
}

#[test]
fn the_deepest_sources_come_to_the_same_on_a_stack_of_their_own() {
    come_to_the_same(sources(), 4);
}

/// Long chains, whose trees lean to one side, and long tokens.
fn chains() -> Vec<String> {
    let mut sources = Vec::new();
    for n in [190, 250, 3000, 60_000] {
        for (before, link, after) in [
            ("return 1", "+1", ""),
            ("return a", "+1*a", ""),
            ("return a", " and b", ""),
            ("return a", " or b and c", ""),
            ("return a", "<b", ""),
            ("return a", "==b", ""),
            ("return a", "..b", ""),
            ("return a", "^b", ""),
            ("return a", "^-b", ""),
            ("return a", ".b", ""),
            ("return a", "[1]", ""),
            ("return a", "[b.c]", ""),
            ("return a", "()", ""),
            ("return a", ":b()", ""),
            ("return a", "'x'", ""),
            ("return a", "{}", ""),
            ("return a", "{b}.c", ""),
            ("a", ".b", " = 1"),
            ("a", "[1]", ", c = 1, 2"),
            ("a", "()", ""),
            ("a = 1", ", 2", ""),
            ("a", ", b", " = 1, 2, 3"),
            ("local a = {1", ", 2", "}"),
            ("local a = {1", ", a = 2", "}"),
            ("f(1", ", 2", ")"),
            ("if a then", " elseif b then", " end"),
            ("if a then", " elseif b then c() ", " else d() end"),
            ("a = 1", " a = 2", ""),
            ("", "do end ", ""),
            ("", "if a then return end ", ""),
            ("", "local a ", ""),
            ("", "local function f() end ", ""),
            ("return a and not a", " or not a and not not a", ""),
            ("while a", " and b", " do break end"),
            ("repeat until a", " or b == c", ""),
            ("return '", "x", "'"),
            ("return '", "\\\n", "'"),
            ("return '", "\\065", "'"),
            ("return [[", "x\n", "]]"),
            ("--[[", "x\n", "]]"),
            ("--", "x", ""),
            ("", "--x\n", ""),
            ("return 1", "1", ""),
            ("return 0x1", "1", ""),
            ("return 1.", "1", ""),
            ("return 1e", "1", ""),
            ("a", "a", " = 1"),
            ("return [", "=", "[x]]"),
            ("", ";", ""),
            ("", "::a:: ", ""),
            ("", "goto a ", "::a::"),
        ] {
            let links = link.repeat(n);
            sources.push(format!("{before}{links}{after}"));
            sources.push(format!("{before}{links}{after} = ="));
            sources.push(format!("{before}{links} ?"));
        }
        let mut nested = String::new();
        for (open, close) in [
            ("(", "+1)"),
            ("a(", "+1)"),
            ("{", ".b}"),
            ("a[", "]()"),
            ("-(", ")^2"),
            ("not a[", "].b"),
        ] {
            nested.clear();
            nested.push_str("return ");
            nested.push_str(&open.repeat(n));
            nested.push('a');
            nested.push_str(&close.repeat(n));
            sources.push(nested.clone());
            sources.push(format!("{nested} = ="));
        }
    }
    sources
}

#[test]
fn long_chains_fit() {
    compile_on(HALF, chains);
    compile_on(HALF / 2, chains);
    come_to_the_same(chains(), 7);
}

#[test]
fn binary_chunks_nest_as_deep() {
    let proto = bvm_compiler::compile(b"return function() end", b"=deep").expect("correct");
    let around = |inner: Proto| Proto {
        protos: vec![inner],
        ..proto.clone()
    };
    let deepest = (0..195).fold(proto.clone(), |inner, _| around(inner));
    let bytes = bvm_isa::chunk::write_chunk(&deepest, false);
    let read = move || chunk_of(bytes).compile_here().is_ok();
    let thread = Builder::new().stack_size(HALF).spawn(read);
    assert!(thread.expect("a thread").join().expect("no panic"));
}

fn chunk_of(bytes: Vec<u8>) -> Chunk<'static> {
    Chunk {
        bytes: bytes.into(),
        ..chunk("")
    }
}
