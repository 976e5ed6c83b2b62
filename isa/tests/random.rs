//! Random words, prototypes and mutants.

mod common;

use bvm_isa::{
    Const, LocalVar, Op, PointerStyle, Proto, Word, assemble, format_number, list, parse_number,
    read_chunk, verify, write_chunk,
};
use common::CHUNKS;
use proptest::collection::vec;
use proptest::prelude::*;

fn bytes() -> impl Strategy<Value = bvm_isa::proto::Bytes> {
    vec(any::<u8>(), 0..12).prop_map(Into::into)
}

fn constant() -> impl Strategy<Value = Const> {
    prop_oneof![
        Just(Const::Nil),
        any::<bool>().prop_map(Const::Bool),
        proptest::num::f64::ANY
            .prop_filter("a NaN is not equal to itself", |n| !n.is_nan())
            .prop_map(Const::Number),
        bytes().prop_map(Const::Str),
    ]
}

fn local() -> impl Strategy<Value = LocalVar> {
    let pc = 0..i32::MAX as u32;
    (bytes(), pc.clone(), pc).prop_map(|(name, start, end)| LocalVar { name, start, end })
}

/// A prototype that need not make sense.
fn proto() -> impl Strategy<Value = Proto> {
    let words = vec((0..38u32, any::<u32>()), 1..9);
    let head = (any::<[u8; 4]>(), 0..i32::MAX as u32, words);
    let data = (
        vec(constant(), 0..5),
        vec(local(), 0..3),
        vec(bytes(), 0..3),
    );
    let alone = (bytes(), head, data, any::<bool>()).prop_map(|(source, head, data, lines)| {
        let ([upvalues, params, vararg, stack], line, words) = head;
        let make = |(op, rest): (u32, u32)| Word(op | rest & !63);
        let code: Vec<Word> = words.into_iter().map(make).collect();
        Proto {
            source: Some(source),
            line_defined: line,
            last_line_defined: line,
            upvalue_count: upvalues,
            param_count: params,
            vararg,
            max_stack: stack,
            lines: if lines {
                vec![line; code.len()]
            } else {
                Vec::new()
            },
            code,
            consts: data.0,
            locals: data.1,
            upvalue_names: data.2,
            protos: Vec::new(),
        }
    });
    alone.prop_recursive(4, 12, 3, |inner| {
        (vec(inner.clone(), 0..3), inner).prop_map(|(protos, outer)| {
            // The format has no way to give an inner function its outer function's source again.
            let differs = |inner: &Proto| inner.source != outer.source;
            let protos = protos.into_iter().filter(differs).collect();
            Proto { protos, ..outer }
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn words_keep_their_fields(op in 0..38usize, a: u8, b in 0..512u16, c in 0..512u16, bx in 0..1u32 << 18) {
        let op = Op::ALL[op];
        let word = Word::abc(op, a, b, c);
        prop_assert_eq!((word.op(), word.a(), word.b(), word.c()), (Some(op), a, b, c));
        let wide = Word::abx(op, a, bx);
        prop_assert_eq!((wide.op(), wide.a(), wide.bx()), (Some(op), a, bx));
        prop_assert_eq!(Word::asbx(op, a, wide.sbx()), wide);
        prop_assert_eq!(word.with_a(0).with_b(0).with_c(0).with_sbx(wide.sbx()).with_a(a), wide);
    }

    #[test]
    fn chunks_round_trip(proto in proto()) {
        let chunk = write_chunk(&proto, false);
        prop_assert_eq!(read_chunk(&chunk, b"x"), Ok(proto));
    }

    #[test]
    fn verify_survives_any_prototype(proto in proto()) {
        let _ = verify(proto);
    }

    #[test]
    fn listing_survives_any_prototype(proto in proto()) {
        let _ = list(&proto, true, PointerStyle::Luac);
        let _ = assemble(&list(&proto, true, PointerStyle::Path));
    }

    #[test]
    fn mutants_are_refused_or_consistent(
        which in 0..CHUNKS.len(),
        edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = CHUNKS[which].1.to_vec();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(proto) = read_chunk(&bytes, b"x")
            && let Ok(verified) = verify(proto)
        {
            let proto = verified.proto();
            let back = assemble(&list(proto, true, PointerStyle::Path)).expect("own listing");
            prop_assert_eq!(write_chunk(&back, false), write_chunk(proto, false));
        }
    }

    #[test]
    fn the_assembler_survives_edits(
        edits in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut text = list(&common::read(CHUNKS[1].1), true, PointerStyle::Path);
        for (at, value) in edits {
            let at = at.index(text.len());
            text[at] = value;
        }
        let _ = assemble(&text);
    }

    #[test]
    fn numbers_print_fourteen_digits_that_read_back(n in proptest::num::f64::ANY) {
        let text = format_number(n);
        let back = parse_number(text.as_bytes()).expect("a number");
        prop_assert_eq!(format_number(back), text);
    }

    #[test]
    fn parse_number_survives_anything(text in vec(prop_oneof![any::<u8>(), Just(b'0'), Just(b'x'), Just(b'.'), Just(b'p'), Just(b'e')], 0..12)) {
        let _ = parse_number(&text);
    }
}
