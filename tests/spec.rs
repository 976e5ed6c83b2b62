//! `spec.md` against the code: the generated blocks are compared, and rewritten with `BLESS=1`; the
//! verifier's rules must all be listed. (This file belongs to the package `bvm`.)
//!
//! A block stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. Everything else in the page is
//! written by hand.

use bvm::Guest;
use bvm_isa::lua51::{Field, Flow, Kind, Op};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("spec.md")
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
        Flow::Next => "to the next word",
        Flow::Test => "to the next word, which is a JMP, or over it",
        Flow::Jump => "to the target",
        Flow::Skip => "to the next word, or over it when C is 1",
        Flow::Last => "out of the function",
        Flow::Hand => "see below",
    }
}

fn operation(op: Op) -> &'static str {
    let row = OPERATIONS.iter().find(|(of, _)| *of == op);
    row.map_or("", |(_, text)| text.trim())
}

/// The block of an instruction.
fn instruction(op: Op) -> String {
    let fields = op.fields();
    let format = match fields.last() {
        Some((Field::Bx, _)) => "ABx",
        Some((Field::Sbx, _)) => "AsBx",
        _ => "ABC",
    };
    let letters: Vec<String> = fields.iter().map(|(f, _)| format!("{f:?}")).collect();
    let mut text = format!("### {} {} {}\n\n", op as u8, op.name(), letters.join(" "));
    let _ = writeln!(text, "{}. Format {format}.\n", operation(op));
    text += "| field | holds |\n|---|---|\n";
    for (field, kind) in fields {
        let _ = writeln!(text, "| {field:?} | {} |", kind_text(*kind));
    }
    let _ = writeln!(text, "\nControl goes {}. Fuel: 1.", flow_text(op.flow()));
    text
}

macro_rules! hypercall_rows {
    ($($(#[doc = $doc:literal])* $number:literal $name:ident = $variant:ident
        ($($arg:ident: $arg_type:ident),*) -> ($($result:ident: $result_type:ident),*);)*) => {
        /// The table of hypercalls.
        fn hypercalls() -> String {
            let mut text = String::from("| no. | name | arguments | results | meaning |\n|---|---|---|---|---|\n");
            $({
                let args: &[&str] = &[$(concat!(stringify!($arg), ": ", stringify!($arg_type))),*];
                let results: &[&str] = &[$(concat!(stringify!($result), ": ", stringify!($result_type))),*];
                let _ = writeln!(text, "| {} | `{}` | {} | {} | {} |", $number, stringify!($name),
                    args.join(", "), results.join(", "), concat!($($doc),*).trim());
            })*
            text
        }
    };
}
bvm_isa::for_each_hypercall!(hypercall_rows);

/// Limits that other crates can see.
fn limits() -> String {
    use bvm_isa::{chunk, word};
    use bvm_vm::{args, data, exec, heap};
    let rows: [(&str, u64, &str); 9] = [
        (
            "activations of a thread",
            exec::frame::MAX_FRAMES.into(),
            "`stack overflow`",
        ),
        (
            "coroutines that have resumed each other",
            exec::coroutine::MAX_RESUMES.into(),
            "`C stack overflow`",
        ),
        (
            "values that a native may hold",
            args::MAX_WINDOW.into(),
            "per function, such as `too many results to unpack`",
        ),
        (
            "bytes of a string",
            data::string::MAX_LEN,
            "`not enough memory`",
        ),
        (
            "bytes of any request for memory",
            heap::HUGE,
            "`not enough memory`",
        ),
        (
            "bytes of a memory block",
            heap::BLOCK.into(),
            "the unit of the memory limit",
        ),
        (
            "nesting of functions in a binary chunk",
            chunk::MAX_NESTING.into(),
            "rule D3",
        ),
        (
            "largest index of a constant or inner function",
            word::MAX_BX.into(),
            "`constant table overflow`",
        ),
        (
            "characters of a chunk name in a message",
            bvm_isa::source::ID_SIZE as u64 - 1,
            "the name is cut",
        ),
    ];
    let mut text = String::from("| limit | value | beyond it |\n|---|---|---|\n");
    for (what, value, beyond) in rows {
        let _ = writeln!(text, "| {what} | {value} | {beyond} |");
    }
    text
}

/// Small programs whose cost the page states.
const MEASURED: &[&str] = &[
    "",
    "local a = 1",
    "local a = 1 local b = a + 2",
    "for i = 1, 100 do end",
    "local function f() end f()",
    "local t = {1, 2, 3}",
    "local s = ('x'):rep(6400)",
    "local s = 'x' .. 1",
    "return #('x'):rep(64000):upper()",
    "return ('x'):rep(1000):find('y', 1, true)",
    "return ('a'):rep(1000):find('b')",
    "return ('a'):rep(16):find(('a?'):rep(16) .. ('a'):rep(16))",
    "local t = {} for i = 1, 1000 do t[i] = i end",
    "local t = {} for i = 1, 1000 do t[i] = -i end table.sort(t)",
    "return pcall(error, 'x')",
    "return loadstring('return 1')",
];

/// The table of measured costs.
fn measured() -> String {
    let mut text = String::from("| program | units |\n|---|---|\n");
    for source in MEASURED {
        let mut guest = Guest::new().expect("a guest");
        let function = guest.load(source, "=measured").expect("Lua");
        let given = 100_000_000;
        guest.call(&function, &[], given).expect("no error");
        let units = given as i64 - guest.fuel_left();
        let shown = if source.is_empty() {
            "(an empty chunk)".into()
        } else {
            format!("`{source}`")
        };
        let _ = writeln!(text, "| {shown} | {units} |");
    }
    text
}

/// All generated blocks by name.
fn blocks() -> BTreeMap<String, String> {
    let mut blocks = BTreeMap::new();
    for op in Op::ALL {
        blocks.insert(format!("op {}", op.name()), instruction(*op));
    }
    blocks.insert("hypercalls".into(), hypercalls());
    blocks.insert("limits".into(), limits());
    blocks.insert("measured".into(), measured());
    blocks
}

/// The page with every block replaced; and the names of blocks that it lacks.
fn regenerate(page: &str, blocks: &BTreeMap<String, String>) -> (String, Vec<String>) {
    let mut page = page.to_owned();
    let mut missing = Vec::new();
    for (name, text) in blocks {
        let (begin, end) = (
            format!("<!-- begin {name} -->\n"),
            format!("<!-- end {name} -->"),
        );
        let place = page.find(&begin).map(|at| at + begin.len());
        let place = place.and_then(|from| Some((from, from + page.get(from..)?.find(&end)?)));
        match place {
            Some((from, to)) => page.replace_range(from..to, text),
            None => missing.push(name.clone()),
        }
    }
    (page, missing)
}

#[test]
fn generated_blocks_agree_with_the_code() {
    let old = std::fs::read_to_string(page()).expect("spec.md is there");
    let (new, missing) = regenerate(&old, &blocks());
    assert!(
        missing.is_empty(),
        "spec.md has no blocks called {missing:?}"
    );
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(page(), new).expect("spec.md can be written");
        return;
    }
    let differs = old.lines().zip(new.lines()).find(|(old, new)| old != new);
    assert!(
        old == new,
        "spec.md is not what the code says; BLESS=1 rewrites it. First difference: {differs:#?}"
    );
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

#[test]
fn every_rule_of_the_verifier_is_listed() {
    let page = std::fs::read_to_string(page()).expect("spec.md is there");
    let mut code = String::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("isa/src"),
        &mut code,
    );
    let mut found = 0;
    for word in code.split('"') {
        let (kind, number) = word.split_at_checked(1).unwrap_or_default();
        if matches!(kind, "D" | "P" | "I" | "F") && number.parse::<u8>().is_ok() {
            found += 1;
            assert!(
                page.contains(&format!("| {word} |")),
                "rule {word} is not in spec.md"
            );
        }
    }
    assert!(found > 30, "only {found} rules found in isa/src");
}
