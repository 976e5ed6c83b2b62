//! Binary chunks, listings and the assembler against what `luac5.1` wrote.

mod common;

use bvm_isa::{
    Const, Op, PointerStyle, Proto, Word, assemble, combine, list, read_chunk, write_chunk,
};
use common::{CHUNKS, end, main_of, read};

#[test]
fn chunks_are_written_as_luac_does() {
    for (name, chunk, _) in CHUNKS {
        assert_eq!(write_chunk(&read(chunk), false), *chunk, "{name}");
    }
}

#[test]
fn stripped_chunks_are_written_as_luac_does() {
    let stripped = include_bytes!("fixtures/fact.stripped.luac");
    assert_eq!(write_chunk(&read(CHUNKS[0].1), true), stripped);
    assert_eq!(read(stripped).source.as_deref(), Some(b"=?".as_slice()));
}

#[test]
fn several_files_are_combined_as_luac_does() {
    let parts = CHUNKS.iter().take(2).map(|(_, chunk, _)| read(chunk));
    let combined = combine(parts.collect());
    assert_eq!(
        write_chunk(&combined, false),
        include_bytes!("fixtures/combined.luac")
    );
    assert!(bvm_isa::verify(combined).is_ok());
}

#[test]
fn listings_are_those_of_luac() {
    for (name, chunk, listing) in CHUNKS {
        let listed = list(&read(chunk), true, PointerStyle::Luac);
        assert_eq!(
            String::from_utf8_lossy(&listed),
            String::from_utf8_lossy(listing),
            "{name}"
        );
    }
}

#[test]
fn everything_luac_wrote_is_accepted_and_keeps_its_debug_data() {
    for (name, chunk, _) in CHUNKS {
        match bvm_isa::verify(read(chunk)) {
            Ok(verified) => assert_eq!(write_chunk(verified.proto(), false), *chunk, "{name}"),
            Err(error) => panic!("{name}: {error}"),
        }
    }
}

#[test]
fn full_listings_with_paths_assemble_back() {
    let stripped: &[u8] = include_bytes!("fixtures/fact.stripped.luac");
    let combined: &[u8] = include_bytes!("fixtures/combined.luac");
    let chunks = CHUNKS.iter().map(|(_, chunk, _)| *chunk);
    for chunk in chunks.chain([stripped, combined]) {
        let proto = read(chunk);
        let listed = list(&proto, true, PointerStyle::Path);
        assert_eq!(assemble(&listed), Ok(proto));
    }
}

#[test]
fn a_long_batch_number_survives_listing() {
    let code = [
        Word::abc(Op::NewTable, 0, 0, 0),
        Word::abc(Op::SetList, 0, 1, 0),
        Word(512),
        end(),
    ];
    let mut proto = main_of(&code);
    for lines in [vec![], vec![1, 1, 1, 2], vec![1, 1, 7, 2]] {
        proto.lines = lines;
        let listed = list(&proto, true, PointerStyle::Path);
        assert_eq!(assemble(&listed).as_ref(), Ok(&proto));
    }
    let listed = list(&proto, false, PointerStyle::Luac);
    let listed = String::from_utf8_lossy(&listed);
    assert!(
        listed.contains("\t2\t[1]\tSETLIST  \t0 1 0\t; 512\n\t4\t[2]\tRETURN"),
        "{listed}"
    );
}

#[test]
fn odd_numbers_and_names_survive_listing() {
    let numbers = [
        0.1,
        -0.0,
        1.0 / 3.0,
        f64::INFINITY,
        f64::NAN,
        5e-324,
        f64::MAX,
    ];
    let mut proto = main_of(&[Word::abx(Op::GetGlobal, 0, 0), end()]);
    proto.source = Some(b"x = '\0' > (\n:1,2> (".as_slice().into());
    proto.consts = vec![Const::Str(b"\"\n\xff".as_slice().into())];
    proto.consts.extend(numbers.map(Const::Number));
    for name in [b"".as_slice(), b"(for index)", b"\"", b"\t", b"a\0"] {
        proto.locals.push(bvm_isa::LocalVar {
            name: name.into(),
            start: 0,
            end: 2,
        });
    }
    let back = assemble(&list(&proto, true, PointerStyle::Path)).expect("a good listing");
    assert_eq!(write_chunk(&back, false), write_chunk(&proto, false));
}

#[test]
fn the_assembler_says_where_it_failed() {
    let text = list(&read(CHUNKS[0].1), true, PointerStyle::Path);
    let text = String::from_utf8_lossy(&text).replace("GETUPVAL", "GETDOWNVAL");
    let error = assemble(text.as_bytes()).map_err(|error| error.to_string());
    assert_eq!(error.err().as_deref(), Some("line 29: unknown instruction"));
}

#[test]
fn broken_chunks_get_the_words_of_lua() {
    let chunk = CHUNKS[0].1;
    let said = |bytes: &[u8], name: &[u8]| read_chunk(bytes, name).map_err(|e| e.to_string()).err();
    let short = Some("a.luac: unexpected end in precompiled chunk".to_string());
    for length in 0..chunk.len() {
        assert_eq!(said(&chunk[..length], b"@a.luac"), short, "{length}");
    }
    let mut bytes = chunk.to_vec();
    bytes[4] = 0x52;
    assert_eq!(
        said(&bytes, b"=x").as_deref(),
        Some("x: bad header in precompiled chunk")
    );
    let mut bytes = chunk.to_vec();
    bytes.push(0);
    assert_eq!(
        said(&bytes, b"\x1bLua").as_deref(),
        Some("binary string: trailing bytes in precompiled chunk")
    );
}

#[test]
fn chunks_of_32_bit_machines_are_read() {
    let wide = read(CHUNKS[0].1);
    let narrow = narrow_chunk();
    assert_eq!(
        write_chunk(&read(&narrow), false),
        write_chunk(&main_of(&[end()]), false)
    );
    assert_ne!(wide, read(&narrow));
}

/// [`main_of`] just a RETURN, with strings whose length takes four bytes.
fn narrow_chunk() -> Vec<u8> {
    let wide = write_chunk(&main_of(&[end()]), false);
    let mut narrow = wide.clone();
    narrow[8] = 4;
    for text in [b"=test".as_slice(), b"x"] {
        let mut length = (text.len() as u64 + 1).to_le_bytes().to_vec();
        length.extend_from_slice(text);
        let at = narrow
            .windows(length.len())
            .position(|window| window == length);
        let at = at.expect("the string");
        narrow.drain(at + 4..at + 8);
    }
    narrow
}

#[test]
fn nesting_is_bounded() {
    let nested = |depth: usize| {
        (1..depth).fold(main_of(&[end()]), |inner, _| Proto {
            protos: vec![inner],
            ..main_of(&[end()])
        })
    };
    assert!(read_chunk(&write_chunk(&nested(200), false), b"x").is_ok());
    assert_eq!(common::rule(nested(200)), "ok");
    let error = read_chunk(&write_chunk(&nested(201), false), b"x").map_err(|e| e.what);
    assert_eq!(error.err(), Some("code too deep"));
    assert_eq!(common::rule(nested(201)), "D3");
}

#[test]
fn counts_are_checked_before_memory_is_taken() {
    let chunk = write_chunk(&main_of(&[end()]), false);
    let code_count = 12 + 8 + 6 + 8 + 4;
    for (count, what) in [(i32::MAX, "unexpected end"), (-1, "bad integer")] {
        let mut bytes = chunk.clone();
        bytes[code_count..code_count + 4].copy_from_slice(&count.to_le_bytes());
        let error = read_chunk(&bytes, b"x").map_err(|error| error.what);
        assert_eq!(error.err(), Some(what));
    }
}

#[test]
fn any_byte_but_zero_is_a_true_constant() {
    let mut main = main_of(&[end()]);
    main.consts = vec![Const::Str(b"mark".as_slice().into()), Const::Bool(true)];
    let mut chunk = write_chunk(&main, false);
    let mark = chunk.windows(5).position(|found| found == b"mark\0");
    let at = mark.expect("the string") + 6;
    assert_eq!(chunk[at], 1);
    chunk[at] = 2;
    assert_eq!(read(&chunk).consts, main.consts);
}
