//! The chapter on instructions: a block for each row of the table, a worked word that goes through the
//! assembler and the listing, and a program whose price is measured.

use super::{page, section};
use bvm::Guest;
use bvm_isa::lua51::{Field, Flow, Kind, Op};
use bvm_isa::{Dialect, PointerStyle, Proto, Word, assemble, list};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    for op in Op::ALL {
        blocks.insert(format!("op {}", op.name()), instruction(*op));
    }
    blocks.insert("instruction prices".into(), prices());
    blocks.insert("listing".into(), worked_listing());
}

macro_rules! op_docs {
    ($($(#[doc = $doc:literal])* $number:literal $listing:ident = $variant:ident ($($field:ident : $kind:ident),*) $flow:ident;)*) => {
        /// The operation of each instruction.
        const OPERATIONS: &[(Op, &str)] = &[$((Op::$variant, concat!($($doc),*)),)*];
    };
}
bvm_isa::for_each_lua_op!(op_docs);

/// What a kind of operand means.
fn kind_text(kind: Kind) -> &'static str {
    match kind {
        Kind::Dst => "register, written",
        Kind::Reg => "register, read",
        Kind::RegK => "register, read; from 256 on constant x - 256",
        Kind::Kst => "constant",
        Kind::KStr => "constant, a string",
        Kind::Flag => "0 or 1",
        Kind::Num => "number",
        Kind::Fb => "floating byte",
        Kind::Up => "upvalue",
        Kind::Jump => "displacement in words, from the next word",
        Kind::Pro => "inner function",
        Kind::Count => "number of values + 1; 0 = open list",
        Kind::Base => "first register of a window",
        Kind::Zero | Kind::Shown => "0",
    }
}

/// Where control goes.
fn flow_text(flow: Flow) -> &'static str {
    match flow {
        Flow::Next => "Control goes to the next word.",
        Flow::Test => "Control goes to the next word, which is a JMP, or over it.",
        Flow::Jump => "Control goes to the target.",
        Flow::Skip => "Control goes to the next word, or over it when C is 1.",
        Flow::Last => "Control goes out of the function.",
        Flow::Hand => "Where control goes is said below.",
    }
}

/// First and last bit of a field.
fn bits(field: Field) -> &'static str {
    match field {
        Field::A => "6 to 13",
        Field::B => "23 to 31",
        Field::C => "14 to 22",
        Field::Bx | Field::Sbx => "14 to 31",
    }
}

fn operation(op: Op) -> &'static str {
    let row = OPERATIONS.iter().find(|(of, _)| *of == op);
    row.map_or("", |(_, text)| text.trim())
}

/// An operand for the worked word of an instruction.
fn sample(field: Field, kind: Kind) -> i32 {
    match (kind, field) {
        (Kind::Zero | Kind::Shown, _) => 0,
        (Kind::RegK, Field::C) => 256 + 3,
        (Kind::Flag, _) => 1,
        (Kind::Fb, Field::B) => 39,
        (Kind::Jump, _) => -5,
        (Kind::Kst | Kind::KStr, _) => 7,
        (_, Field::A) => 1,
        (_, Field::B) => 2,
        (_, Field::C) => 3,
        _ => 4,
    }
}

/// The worked word of an instruction.
fn worked(op: Op) -> Word {
    let mut word = Word(op as u32);
    for (field, kind) in op.fields() {
        let value = sample(*field, *kind);
        word = match field {
            Field::A => word.with_a(value as u8),
            Field::B => word.with_b(value as u16),
            Field::C => word.with_c(value as u16),
            Field::Bx => Word(word.0 | (value as u32) << 14),
            Field::Sbx => word.with_sbx(value),
        };
    }
    word
}

/// A function of these words alone.
fn function_of(code: &[Word]) -> Proto {
    Proto {
        source: Some(b"=x".as_slice().into()),
        vararg: 2,
        max_stack: 10,
        code: code.to_vec(),
        ..Proto::default()
    }
}

/// How listings show a word: name and operands.
fn shown(word: Word) -> String {
    let listing = list(&function_of(&[word]), true, PointerStyle::Path);
    let listing = String::from_utf8_lossy(&listing).into_owned();
    let row = listing
        .lines()
        .find_map(|line| line.strip_prefix("\t1\t[-]\t"));
    let row = row.unwrap_or_else(|| panic!("no row for {word:?} in {listing}"));
    let mut cells = row.split('\t');
    let (name, operands) = (cells.next(), cells.next());
    let operands = operands.unwrap_or_default().trim_end();
    format!("{} {operands}", name.unwrap_or_default().trim_end())
}

/// The block of an instruction.
fn instruction(op: Op) -> String {
    let fields = op.fields();
    let format = match fields.last() {
        Some((Field::Bx, _)) => "ABx",
        Some((Field::Sbx, _)) => "AsBx",
        _ => "ABC",
    };
    let letters: Vec<&str> = fields.iter().map(|(f, _)| letter(*f)).collect();
    let mut text = format!("### {} {} {}\n\n", op as u8, op.name(), letters.join(" "));
    let _ = writeln!(text, "{}.\n", operation(op));
    let _ = writeln!(text, "| format {format} | bits | holds |\n|---|---|---|");
    let _ = writeln!(text, "| opcode | 0 to 5 | {} |", op as u8);
    for (field, kind) in fields {
        let (name, bits) = (letter(*field), bits(*field));
        let _ = writeln!(text, "| {name} | {bits} | {} |", kind_text(*kind));
    }
    let word = worked(op);
    let bytes: Vec<String> = word.0.to_le_bytes().map(|b| format!("{b:02X}")).into();
    let operands: Vec<String> = fields
        .iter()
        .map(|(field, _)| format!("{} = {}", letter(*field), word.field(*field)))
        .collect();
    let _ = writeln!(
        text,
        "\nExample: {} is the word `{:08X}`, in a chunk the bytes `{}`; listings show `{}`.",
        operands.join(", "),
        word.0,
        bytes.join(" "),
        shown(word)
    );
    let _ = writeln!(text, "\n{} Fuel: 1.", flow_text(op.flow()));
    text
}

fn letter(field: Field) -> &'static str {
    match field {
        Field::A => "A",
        Field::B => "B",
        Field::C => "C",
        Field::Bx => "Bx",
        Field::Sbx => "sBx",
    }
}

#[test]
fn worked_words_go_through_assembler_and_listing() {
    for op in Op::ALL {
        let word = worked(*op);
        assert_eq!(word.op(), Some(*op));
        let listing = list(&function_of(&[word]), true, PointerStyle::Path);
        let read = assemble(&listing).unwrap_or_else(|error| panic!("{}: {error}", op.name()));
        assert_eq!(read.code, [word], "{} comes back differently", op.name());
        // The word by the widths and places that the chapter states, without the code's own shifts.
        let mut by_hand = *op as u64;
        for (field, _) in op.fields() {
            let low = bits(*field)
                .split(' ')
                .next()
                .and_then(|bit| bit.parse().ok());
            let bias = if *field == Field::Sbx { 131_071 } else { 0 };
            let value = i64::from(word.field(*field)) + bias;
            by_hand |= (value as u64) << low.unwrap_or(0u32);
        }
        assert_eq!(by_hand, u64::from(word.0), "{}", op.name());
    }
}

#[test]
fn each_instruction_has_one_section_with_words_of_its_own() {
    let chapter = section(&page(), "## Instruction set");
    let mut found = Vec::new();
    for line in chapter.lines() {
        let Some(title) = line.strip_prefix("### ") else {
            continue;
        };
        let mut words = title.split(' ');
        if let Some(number) = words.next().and_then(|word| word.parse::<u8>().ok()) {
            found.push((number, words.next().unwrap_or_default().to_owned()));
            let body = section(&chapter_with_break(&chapter), line);
            let hand = body.split("<!-- end op").nth(1).unwrap_or_default();
            for part in ["**Operation.**", "**Errors.**", "**Fuel.**"] {
                assert!(hand.contains(part), "section '{title}' lacks {part}");
            }
        }
    }
    let all: Vec<(u8, String)> = Op::ALL
        .iter()
        .map(|op| (*op as u8, op.name().to_owned()))
        .collect();
    assert_eq!(found, all);
}

/// A chapter's text as `section` wants it: a heading is looked for behind a line break.
fn chapter_with_break(chapter: &str) -> String {
    format!("\n{chapter}")
}

/// A function whose listing the chapter explains.
const WORKED_SOURCE: &str = "local function fact(n)\n  if n <= 1 then return 1 end\n  return n * fact(n - 1)\nend\nprint(fact(5))\n";

/// A small program, its words in hex and its listing.
fn worked_listing() -> String {
    let proto = bvm_compiler::compile(WORKED_SOURCE.as_bytes(), b"@fact.lua").expect("Lua");
    let mut text = format!("```text\n{WORKED_SOURCE}```\n\n```text\n");
    for (name, proto) in [("main", &proto), ("fact", &proto.protos[0])] {
        let _ = writeln!(
            text,
            "{name}: {} registers, {} parameters, {} upvalues, vararg {}, constants {:?}",
            proto.max_stack,
            proto.param_count,
            proto.upvalue_count,
            proto.vararg,
            proto.consts.iter().map(constant).collect::<Vec<_>>()
        );
        for (pc, word) in proto.code.iter().enumerate() {
            let _ = writeln!(text, "{:3}  {:08X}  {}", pc + 1, word.0, shown(*word));
        }
    }
    text += "```\n";
    text
}

fn constant(constant: &bvm_isa::Const) -> String {
    match constant {
        bvm_isa::Const::Str(s) => String::from_utf8_lossy(s).into_owned(),
        bvm_isa::Const::Number(n) => bvm_isa::format_number(*n),
        other => format!("{other:?}"),
    }
}

/// A program for each instruction that costs nothing beyond one unit an instruction, and how many JMPs it
/// executes behind tests: hooks count those as one with their test.
const PROGRAMS: &[(Op, &str, i64)] = &[
    (Op::Move, "local a = 1; local b = a", 0),
    (Op::LoadK, "local a = 1", 0),
    (Op::LoadBool, "local a, b = 1, 2; local c = a < b", 1),
    (Op::LoadNil, "local a = 1; local b", 0),
    (
        Op::GetUpval,
        "local a; local function f() return a end; f()",
        0,
    ),
    (Op::GetGlobal, "local a = print", 0),
    (Op::GetTable, "local a = math; local b = a.pi", 0),
    (Op::SetGlobal, "x = 1", 0),
    (
        Op::SetUpval,
        "local a; local function f() a = 1 end; f()",
        0,
    ),
    (Op::SetTable, "local a = {1}; a[1] = 2", 0),
    (Op::NewTable, "local a = {}", 0),
    (Op::SelfOp, "local a = {f = function() end}; a:f()", 0),
    (Op::Add, "local a = 1; a = a + 2", 0),
    (Op::Sub, "local a = 1; a = a - 2", 0),
    (Op::Mul, "local a = 1; a = a * 2", 0),
    (Op::Div, "local a = 1; a = a / 2", 0),
    (Op::Mod, "local a = 1; a = a % 2", 0),
    (Op::Pow, "local a = 1; a = a ^ 2", 0),
    (Op::Unm, "local a = 1; a = -a", 0),
    (Op::Not, "local a = 1; a = not a", 0),
    (Op::Len, "local a = 'x'; a = #a", 0),
    (Op::Concat, "local a = 'x'; a = a .. a .. a", 0),
    (Op::Jmp, "local a; if a then a = 1 end", 1),
    (Op::Eq, "local a; if a == 1 then a = 1 end", 1),
    (Op::Lt, "local a = 1; if a < 2 then a = 2 end", 0),
    (Op::Le, "local a = 3; if a <= 2 then a = 2 end", 1),
    (Op::Test, "local a = 1; if a then a = 2 end", 0),
    (Op::TestSet, "local a = 1; local b = a or 2", 1),
    (Op::Call, "local function f(x) end; f(1)", 0),
    (
        Op::TailCall,
        "local function f() return f end; local function g() return f() end; g()",
        0,
    ),
    (
        Op::Return,
        "local function f() return 1, 2 end; local a = f()",
        0,
    ),
    (Op::ForLoop, "for i = 1, 10 do end", 0),
    (Op::ForPrep, "for i = 1, 0 do end", 0),
    (Op::TForLoop, "for k in next, {1} do end", 1),
    (Op::SetList, "local a = {1, 2, 3, 4, 5, 6, 7}", 0),
    (
        Op::Close,
        "do local a; local function f() return a end end",
        0,
    ),
    (Op::Closure, "local a; local function f() return a end", 0),
    (Op::Vararg, "local a, b = ...", 0),
];

/// Whether a function or one inside it contains an instruction.
fn contains(proto: &Proto, op: Op) -> bool {
    proto.code.iter().any(|word| word.op() == Some(op))
        || proto.protos.iter().any(|inner| contains(inner, op))
}

/// The fuel that a source takes in a guest of its own.
pub fn fuel_of(source: &str) -> i64 {
    fuel_in(Dialect::default(), source)
}

/// The same in a dialect.
pub fn fuel_in(dialect: Dialect, source: &str) -> i64 {
    let guest = Guest::builder().dialect(dialect);
    let mut guest = guest.build().expect("a guest");
    let function = guest.load(source, "=measured").expect("Lua");
    let given = 100_000_000;
    let ended = guest.call(&function, &[], given);
    ended.unwrap_or_else(|error| panic!("{source}: {error}"));
    given as i64 - guest.fuel_left()
}

/// How many instructions of a source a hook counts.
fn counted(source: &str) -> i64 {
    // What the frame around the call executes itself is found with the empty program, which executes 1.
    let with_frame = |source: &str| {
        let program = format!(
            "local f = loadstring({source:?}) local n = 0 \
             debug.sethook(function() n = n + 1 end, '', 1) f() debug.sethook() return n"
        );
        let mut guest = Guest::new().expect("a guest");
        let function = guest.load(program, "=count").expect("Lua");
        let values = guest.call(&function, &[], 100_000_000).expect("no error");
        match values.first() {
            Some(bvm::Value::Number(n)) => *n as i64,
            other => panic!("{other:?}"),
        }
    };
    with_frame(source) - with_frame("") + 1
}

/// The table of programs with the instructions they execute and their prices.
fn prices() -> String {
    let mut text =
        String::from("| instruction | program | executed | units |\n|---|---|---|---|\n");
    for op in Op::ALL {
        let program = PROGRAMS.iter().find(|(of, ..)| of == op);
        let (_, source, jumps) = program.unwrap_or_else(|| panic!("no program for {}", op.name()));
        let proto = bvm_compiler::compile(source.as_bytes(), b"=x").expect("Lua");
        assert!(contains(&proto, *op), "{source} has no {}", op.name());
        let (counted, units) = (counted(source), fuel_of(source));
        let _ = writeln!(
            text,
            "| {} | `{source}` | {counted} | {jumps} | {units} |",
            op.name()
        );
    }
    text
}

#[test]
fn an_instruction_costs_one_unit() {
    for (op, source, jumps) in PROGRAMS {
        assert_eq!(
            fuel_of(source),
            counted(source) + jumps,
            "{}: {source}",
            op.name()
        );
    }
}
