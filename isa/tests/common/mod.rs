//! Chunks and hand-made prototypes that several tests use.
#![allow(dead_code)]

use bvm_isa::{Const, Op, Proto, Word};

/// Name, chunk and full listing of a fixture.
macro_rules! fixture {
    ($name:literal) => {
        (
            $name,
            include_bytes!(concat!("../fixtures/", $name, ".luac")),
            include_bytes!(concat!("../fixtures/", $name, ".listing")),
        )
    };
}
/// What `luac5.1` wrote for the programs in `fixtures/`.
pub const CHUNKS: &[(&str, &[u8], &[u8])] = &[
    fixture!("fact"),
    fixture!("loops"),
    fixture!("shapes"),
    fixture!("constants"),
];

/// Reads a chunk that is known to be good.
pub fn read(bytes: &[u8]) -> Proto {
    bvm_isa::read_chunk(bytes, b"=test").expect("a good chunk")
}

/// A main function of those words, with 10 registers, `...` and the constants `"x"` and 1.
pub fn main_of(code: &[Word]) -> Proto {
    Proto {
        source: Some(b"=test".as_slice().into()),
        vararg: 2,
        max_stack: 10,
        code: code.to_vec(),
        consts: vec![Const::Str(b"x".as_slice().into()), Const::Number(1.0)],
        ..Proto::default()
    }
}

/// `RETURN 0 1`.
pub const fn end() -> Word {
    Word::abc(Op::Return, 0, 1, 0)
}

/// Format ABC.
pub const fn abc(op: Op, a: u8, b: u16, c: u16) -> Word {
    Word::abc(op, a, b, c)
}

/// Format AsBx.
pub const fn jump(op: Op, a: u8, distance: i32) -> Word {
    Word::asbx(op, a, distance)
}

/// The rule that a main function of those words breaks, `ok` if none.
pub fn rule_of(code: &[Word]) -> &'static str {
    rule(main_of(code))
}

/// The rule that a prototype breaks, `ok` if none.
pub fn rule(proto: Proto) -> &'static str {
    match bvm_isa::verify(proto) {
        Ok(_) => "ok",
        Err(error) => error.rule,
    }
}
