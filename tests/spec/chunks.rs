//! The chapter on binary chunks: a chunk taken apart byte by byte, and what the reader refuses.

use super::{page, rows, section};
use bvm_isa::{ChunkError, Proto, read_chunk, write_chunk};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    blocks.insert("chunk".into(), taken_apart());
    blocks.insert("chunk errors".into(), refusals());
}

/// The program of the example.
const SOURCE: &str = "local a = 'hi' return function() return a, 1 end";

fn example() -> Proto {
    bvm_compiler::compile(SOURCE.as_bytes(), b"=x").expect("Lua")
}

/// The same chunk with sizes of 4 bytes.
fn narrow(chunk: &[u8]) -> Vec<u8> {
    let mut parts = Parts::new(chunk);
    parts.chunk();
    let mut out = Vec::new();
    for part in &parts.found {
        let bytes = &chunk[part.from..part.to];
        match part.what.as_str() {
            "size of size_t" => out.push(4),
            what if what.starts_with("length of ") => out.extend(&bytes[..4]),
            _ => out.extend(bytes),
        }
    }
    out
}

/// One field of a chunk.
struct Part {
    from: usize,
    to: usize,
    what: String,
}

/// A reader of its own, which follows the tables of the page and nothing else.
struct Parts<'a> {
    chunk: &'a [u8],
    at: usize,
    found: Vec<Part>,
}

impl<'a> Parts<'a> {
    fn new(chunk: &'a [u8]) -> Parts<'a> {
        Parts {
            chunk,
            at: 0,
            found: Vec::new(),
        }
    }

    fn take(&mut self, count: usize, what: impl Into<String>) -> u64 {
        let (from, to) = (self.at, self.at + count);
        let bytes = self.chunk.get(from..to).expect("the chunk goes on");
        let value = bytes
            .iter()
            .rev()
            .take(8)
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
        self.at = to;
        let what = what.into();
        self.found.push(Part { from, to, what });
        value
    }

    fn chunk(&mut self) {
        for (count, what) in [
            (4, "signature"),
            (1, "version"),
            (1, "format"),
            (1, "byte order: little"),
            (1, "size of int"),
            (1, "size of size_t"),
            (1, "size of an instruction"),
            (1, "size of a number"),
            (1, "numbers are integral: no"),
        ] {
            self.take(count, what);
        }
        self.function("main function");
    }

    fn string(&mut self, what: &str) {
        let length = self.take(8, format!("length of {what}"));
        if length > 0 {
            self.take(length as usize, what);
        }
    }

    fn function(&mut self, name: &str) {
        self.string(&format!("{name}: source name"));
        for (count, what) in [
            (4, "first line"),
            (4, "last line"),
            (1, "upvalues"),
            (1, "parameters"),
            (1, "vararg bits"),
            (1, "registers"),
        ] {
            self.take(count, what);
        }
        for _ in 0..self.take(4, "number of words") {
            self.take(4, "word");
        }
        for _ in 0..self.take(4, "number of constants") {
            match self.take(1, "tag of a constant") {
                1 => self.take(1, "boolean"),
                3 => self.take(8, "number"),
                4 => {
                    self.string("string");
                    0
                }
                _ => 0,
            };
        }
        for _ in 0..self.take(4, "number of inner functions") {
            self.function("inner function");
        }
        for _ in 0..self.take(4, "number of lines") {
            self.take(4, "line");
        }
        for _ in 0..self.take(4, "number of locals") {
            self.string("name of a local");
            self.take(4, "first word where it is alive");
            self.take(4, "first word where it is dead");
        }
        for _ in 0..self.take(4, "number of upvalue names") {
            self.string("name of an upvalue");
        }
    }
}

/// The example's bytes with what they mean.
fn taken_apart() -> String {
    let chunk = write_chunk(&example(), false);
    let mut parts = Parts::new(&chunk);
    parts.chunk();
    assert_eq!(parts.at, chunk.len(), "the page forgets the end of a chunk");
    let mut text = format!("```text\n{SOURCE}\n\n");
    for part in &parts.found {
        let bytes: Vec<String> = chunk[part.from..part.to]
            .iter()
            .map(|byte| format!("{byte:02X}"))
            .collect();
        let _ = writeln!(
            text,
            "{:04X}  {:<24} {}",
            part.from,
            bytes.join(" "),
            part.what
        );
    }
    text += "```\n";
    text
}

/// What a chunk comes to when the bytes at the first field of a name are replaced.
fn with(field: &str, bytes: &[u8]) -> Vec<u8> {
    let mut chunk = write_chunk(&example(), false);
    let mut parts = Parts::new(&chunk);
    parts.chunk();
    let part = parts.found.iter().find(|part| part.what == field);
    let part = part.unwrap_or_else(|| panic!("the example has no {field}"));
    chunk.splice(part.from..part.to, bytes.iter().copied());
    chunk
}

/// A chunk of 201 functions inside each other.
fn nested() -> Vec<u8> {
    let mut proto = example().protos.remove(0);
    for _ in 0..200 {
        proto = Proto {
            protos: vec![proto],
            ..Proto::default()
        };
    }
    write_chunk(&proto, true)
}

/// A part of the example, and bytes in its place: the rule that refuses them, what is wrong, part, bytes.
const WRONG_PARTS: &[(&str, &str, &str, &[u8])] = &[
    ("D1", "version is 52", "version", &[0x52]),
    ("D1", "numbers are big-endian", "byte order: little", &[0]),
    ("D1", "a size_t has 2 bytes", "size of size_t", &[2]),
    (
        "D1",
        "numbers are integral",
        "numbers are integral: no",
        &[1],
    ),
    (
        "D2",
        "2^30 words are announced",
        "number of words",
        &[0, 0, 0, 64],
    ),
    ("D2", "the first line is -1", "first line", &[255; 4]),
    (
        "D2",
        "2^18 + 1 constants are announced",
        "number of constants",
        &[1, 0, 4, 0],
    ),
    ("D4", "a constant has tag 2", "tag of a constant", &[2]),
    (
        "D4",
        "a string constant does not end in a zero byte",
        "string",
        b"hi!",
    ),
];

/// Damaged chunks: the rule that refuses them, what is wrong, the bytes.
fn damaged() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let whole = write_chunk(&example(), false);
    let (from, to) = string_constant(&whole);
    let mut no_length = whole.clone();
    no_length.splice(from..to, [0; 8]);
    let mut no_name = with("length of name of a local", &[0; 8]);
    let at = whole.windows(2).rposition(|w| w == b"a\0").expect("a name");
    no_name.drain(at..at + 2);
    let without_last = whole[..whole.len() - 1].to_vec();
    let with_another = [whole.as_slice(), &[0]].concat();
    let parts = WRONG_PARTS.iter();
    let mut damaged: Vec<_> = parts
        .map(|&(rule, what, part, bytes)| (rule, what, with(part, bytes)))
        .chain([
            ("D2", "it ends in the header", whole[..7].to_vec()),
            ("D2", "its last byte is missing", without_last),
            ("D3", "201 functions inside each other", nested()),
            ("D4", "a string constant has length 0", no_length),
            ("D4", "a local has no name", no_name),
            ("D5", "a byte follows its end", with_another),
        ])
        .collect();
    damaged.sort_by_key(|chunk| chunk.0);
    damaged
}

/// Where the string constant of the example is, with its length.
fn string_constant(chunk: &[u8]) -> (usize, usize) {
    let mut parts = Parts::new(chunk);
    parts.chunk();
    let at = parts.found.iter().position(|part| part.what == "string");
    let at = at.expect("a string constant");
    (parts.found[at - 1].from, parts.found[at].to)
}

fn refusal(chunk: &[u8], what: &str) -> ChunkError {
    match read_chunk(chunk, b"@name") {
        Ok(_) => panic!("a chunk is read although {what}"),
        Err(error) => error,
    }
}

/// The table of damaged chunks and the messages about them.
fn refusals() -> String {
    let mut text =
        String::from("| rule | a chunk called `@name` in which | message |\n|---|---|---|\n");
    for (rule, what, chunk) in damaged() {
        let error = refusal(&chunk, what);
        assert_eq!(error.rule, rule, "{what}");
        let _ = writeln!(text, "| {rule} | {what} | `{error}` |");
    }
    text
}

/// The rules that a damaged chunk of the table breaks.
pub fn rules_shown() -> BTreeSet<String> {
    damaged()
        .iter()
        .map(|(rule, ..)| (*rule).to_owned())
        .collect()
}

#[test]
fn sizes_of_4_and_8_bytes_are_read() {
    let proto = example();
    let wide = write_chunk(&proto, false);
    assert_eq!(read_chunk(&wide, b"=x").as_ref(), Ok(&proto_read(&proto)));
    let narrow = narrow(&wide);
    assert!(narrow.len() < wide.len());
    assert_eq!(read_chunk(&narrow, b"=x"), read_chunk(&wide, b"=x"));
}

/// What reading gives back: inner functions have no source name of their own.
fn proto_read(proto: &Proto) -> Proto {
    let mut read = proto.clone();
    for inner in &mut read.protos {
        inner.source = None;
    }
    read
}

#[test]
fn the_table_of_parts_names_the_fields_in_their_order() {
    let text = section(&page(), "### Parts");
    let named: String = rows(&text).concat().concat();
    let chunk = write_chunk(&example(), false);
    let mut parts = Parts::new(&chunk);
    parts.chunk();
    for word in [
        "signature",
        "version",
        "format",
        "upvalues",
        "parameters",
        "vararg bits",
        "registers",
        "words",
        "constants",
        "inner functions",
        "lines",
        "locals",
        "upvalue names",
    ] {
        assert!(named.contains(word), "the parts of a chunk lack {word}");
    }
}
