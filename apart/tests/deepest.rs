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

#[test]
fn the_deepest_sources_fit_on_half_of_a_stack() {
    let compile_all = || {
        let outcomes = sources()
            .into_iter()
            .map(|source| chunk(&source).compile_here());
        outcomes.filter(Result::is_ok).count()
    };
    let thread = Builder::new().stack_size(HALF).spawn(compile_all);
    let correct = thread.expect("a thread").join().expect("no panic");
    assert!(correct > 50, "{correct}");
}

#[test]
fn the_deepest_sources_come_to_the_same_on_a_stack_of_their_own() {
    for source in sources() {
        let mut apart = Apart::begin(chunk(&source)).expect("a stack");
        for part in 1..4 {
            apart.go_on(WHOLE / 4 * part);
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
