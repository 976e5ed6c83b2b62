//! Tables that are lists of the code: hypercalls, limits, dialects, events, libraries, options.

use super::{code_pieces, page, rows, section, text_of};
use bvm_isa::Dialect;
use bvm_isa::hypercall::{Field, Group, Hypercall};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The blocks of this file.
pub fn blocks(blocks: &mut BTreeMap<String, String>) {
    blocks.insert("hypercalls".into(), hypercalls());
    blocks.insert("hypercall groups".into(), groups());
    blocks.insert("limits".into(), limits());
    blocks.insert("source limits".into(), source_limits());
    blocks.insert("dialects".into(), dialects());
    blocks.insert("events".into(), events());
    blocks.insert("libraries".into(), libraries());
    blocks.insert("options".into(), options());
    blocks.insert("tags".into(), tags());
}

macro_rules! hypercall_docs {
    ($($(#[doc = $doc:literal])* $number:literal $name:ident = $variant:ident
        ($($args:tt)*) -> ($($results:tt)*)
        in $group:ident, ring $ring:literal, fuel $fuel:literal, $source:ident;)*) => {
        /// What the table says to each hypercall.
        const HYPERCALLS: &[(Hypercall, &str)] = &[$((Hypercall::$variant, concat!($($doc),*)),)*];
    };
}
bvm_isa::for_each_hypercall!(hypercall_docs);

macro_rules! group_docs {
    ($($(#[doc = $doc:literal])* $name:ident = $variant:ident;)*) => {
        /// What the table says to each group.
        const GROUPS: &[(Group, &str)] = &[$((Group::$variant, concat!($($doc),*)),)*];
    };
}
bvm_isa::for_each_group!(group_docs);

/// The table of hypercalls.
fn hypercalls() -> String {
    let mut text = String::from(
        "| no. | name | arguments | results | group | ring | units | meaning |\n|---|---|---|---|---|---|---|---|\n",
    );
    for (call, doc) in HYPERCALLS {
        let row = call.row();
        let _ = writeln!(
            text,
            "| {} | `{}` | {} | {} | {} | {} | {} | {} |",
            *call as u16,
            row.name,
            fields(row.args),
            fields(row.results),
            row.group.name(),
            row.ring,
            row.fuel,
            doc.trim()
        );
    }
    text
}

fn fields(fields: &[Field]) -> String {
    let shown = fields.iter().map(|field| {
        let mark = if field.optional { "?" } else { "" };
        format!("{}: {:?}{mark}", field.name, field.kind)
    });
    shown.collect::<Vec<_>>().join(", ")
}

/// The groups.
fn groups() -> String {
    let mut text = String::from("| group | what it is for |\n|---|---|\n");
    for (group, doc) in GROUPS {
        let _ = writeln!(text, "| `{}` | {} |", group.name(), doc.trim());
    }
    text
}

/// Limits that other crates can see: what, value, what happens beyond.
const LIMITS: &[(&str, u64, &str)] = &[
    (
        "activations of a thread",
        bvm_vm::exec::depth::MAX_FRAMES as u64,
        "`stack overflow`",
    ),
    (
        "coroutines that have resumed each other",
        bvm_vm::exec::coroutine::MAX_RESUMES as u64,
        "`C stack overflow`",
    ),
    (
        "values that a native may hold",
        bvm_vm::args::MAX_WINDOW as u64,
        "per function, such as `too many results to unpack`",
    ),
    (
        "bytes of a string",
        bvm_vm::data::string::MAX_LEN,
        "`not enough memory`",
    ),
    (
        "bytes of any request for memory",
        bvm_vm::heap::HUGE,
        "`not enough memory`",
    ),
    (
        "bytes of a memory block",
        bvm_vm::heap::BLOCK as u64,
        "the unit of the memory limit",
    ),
    (
        "bytes of an object that shares its block",
        bvm_vm::heap::LARGE as u64,
        "it has blocks of its own",
    ),
    (
        "nesting of functions in a binary chunk",
        bvm_isa::chunk::MAX_NESTING as u64,
        "rule D3",
    ),
    (
        "largest constant index of LOADK, GETGLOBAL and SETGLOBAL, largest index of an inner function",
        bvm_isa::word::MAX_BX as u64,
        "rules I3 and I15",
    ),
    (
        "largest constant index of an RK operand",
        bvm_isa::word::RK_CONST as u64 - 1,
        "the compiler loads the constant into a register first",
    ),
    (
        "bytes of a chunk name in a run-time message",
        bvm_isa::source::ID_SIZE as u64 - 1,
        "the name is cut",
    ),
    (
        "bytes of a chunk name in a syntax error",
        bvm_isa::SYNTAX_ID_SIZE as u64 - 1,
        "the name is cut",
    ),
];

/// The table of those limits.
fn limits() -> String {
    let mut text = String::from("| limit | value | beyond it |\n|---|---|---|\n");
    for (what, value, beyond) in LIMITS {
        let _ = writeln!(text, "| {what} | {value} | {beyond} |");
    }
    text
}

/// The value of a constant that only its own crate can see, read from the source.
pub fn constant(path: &str, name: &str) -> i64 {
    let source = text_of(path);
    let place = format!("const {name}: ");
    let value = source
        .split(&place)
        .nth(1)
        .and_then(|rest| rest.split(" = ").nth(1)?.split(';').next())
        .unwrap_or_else(|| panic!("{path} has no constant {name}"));
    let value = value.replace('_', "");
    match value.split_once("<<") {
        Some((base, shift)) => {
            let number = |text: &str| text.trim().parse::<i64>().ok();
            number(base).zip(number(shift)).map(|(b, s)| b << s)
        }
        None => value.parse().ok(),
    }
    .unwrap_or_else(|| panic!("{name} in {path} is no number"))
}

/// Limits of the compiler and of the machine that are private to their crates.
fn source_limits() -> String {
    let compiler = |name| constant("compiler/src/limits.rs", name);
    let function = "`main function has more than N …` or `function at line L has more than N …`";
    let rows = [
        (
            "active local variables of a function",
            compiler("LOCALS"),
            format!("{function}, ending in `local variables`"),
        ),
        (
            "local variables of a function in its debug data",
            compiler("REGISTERED_LOCALS"),
            "`too many local variables`".into(),
        ),
        (
            "upvalues of a function",
            compiler("UPVALUES"),
            format!("{function}, ending in `upvalues`"),
        ),
        (
            "registers of a function",
            compiler("REGISTERS") - 1,
            "`function or expression too complex`".into(),
        ),
        (
            "constants of a function, inner functions of a function",
            compiler("CONSTANTS"),
            "`constant table overflow`".into(),
        ),
        (
            "words that a jump can cover, in both directions",
            compiler("JUMP"),
            "`control structure too long`".into(),
        ),
        (
            "nesting levels of blocks, function bodies and expressions, the one in use at the start included",
            compiler("LEVELS"),
            "`chunk has too many syntax levels`".into(),
        ),
        (
            "items of a table constructor that one SETLIST stores",
            compiler("FIELDS_PER_FLUSH"),
            "another SETLIST follows".into(),
        ),
    ];
    let mut text = String::from("| limit of a source | value | beyond it |\n|---|---|---|\n");
    for (what, value, beyond) in rows {
        let _ = writeln!(text, "| {what} | {value} | {beyond} |");
    }
    text
}

/// The dialects by name.
fn dialects() -> String {
    let mut text = String::from(
        "| `--std` | `bvm::Dialect` | additions | `__pairs`, `__ipairs`, `__len` of tables |\n|---|---|---|---|\n",
    );
    for (name, dialect) in Dialect::NAMES {
        let yes = |is: bool| if is { "yes" } else { "no" };
        let default = if dialect == Dialect::default() {
            " (default)"
        } else {
            ""
        };
        let _ = writeln!(
            text,
            "| `{name}`{default} | `{dialect:?}` | {} | {} |",
            yes(dialect.has_additions()),
            yes(dialect.has_table_metamethods())
        );
    }
    text
}

/// The names of the metatable fields that the machine looks for.
fn events() -> String {
    let names: Vec<String> = bvm_vm::meta::EVENTS
        .iter()
        .map(|(_, name)| format!("`{name}`"))
        .collect();
    format!("{}\n", names.join(", "))
}

/// The functions of each library, and those that only dialects with additions have.
fn libraries() -> String {
    let names = |functions: &[bvm_stdlib::define::Function]| {
        let visible = functions.iter().filter(|f| !f.name.is_empty());
        let names: Vec<String> = visible.map(|f| format!("`{}`", f.name)).collect();
        names.join(" ")
    };
    let mut text = String::from("| library | functions of Lua 5.1 | additions |\n|---|---|---|\n");
    for library in bvm_stdlib::LIBRARIES {
        let name = match library.name {
            "" => "(globals)".to_owned(),
            name => format!("`{name}`"),
        };
        let (old, new) = (names(library.functions), names(library.additions));
        let _ = writeln!(text, "| {name} | {old} | {new} |");
    }
    text
}

/// What `bvm --help` prints.
fn options() -> String {
    let source = text_of("repl/src/args.rs");
    let usage = source
        .split("pub const USAGE: &str = \"")
        .nth(1)
        .and_then(|rest| rest.split("\";").next())
        .expect("the usage text is in repl/src/args.rs");
    format!("```text\n{}```\n", usage.replace("\\\"", "\""))
}

/// The tags of values, as the machine makes them.
fn tags() -> String {
    use bvm_vm::Value;
    let mut text = String::from("| value | upper half | lower half |\n|---|---|---|\n");
    for (what, value, payload) in [
        ("nil", Value::NIL, Some(())),
        ("false", Value::FALSE, Some(())),
        ("true", Value::TRUE, Some(())),
        (
            "light userdata",
            Value::tagged(bvm_vm::value::TAG_LIGHT, 0),
            None,
        ),
        ("string", Value::tagged(bvm_vm::value::TAG_STRING, 0), None),
        ("table", Value::tagged(bvm_vm::value::TAG_TABLE, 0), None),
        (
            "function",
            Value::tagged(bvm_vm::value::TAG_FUNCTION, 0),
            None,
        ),
        (
            "userdata",
            Value::tagged(bvm_vm::value::TAG_USERDATA, 0),
            None,
        ),
        (
            "coroutine",
            Value::tagged(bvm_vm::value::TAG_THREAD, 0),
            None,
        ),
    ] {
        let payload = match payload {
            Some(()) => format!("`{:08X}`", value.0 as u32),
            None if what == "light userdata" => "a number".into(),
            None => "offset of the object".into(),
        };
        let _ = writeln!(text, "| {what} | `{:08X}` | {payload} |", value.0 >> 32);
    }
    text
}

/// The library functions that have a name of their own, `library.name`.
fn visible(functions: &[bvm_stdlib::define::Function], library: &str) -> Vec<String> {
    let visible = functions.iter().filter(|f| !f.name.is_empty());
    visible
        .map(|f| match library {
            "" => f.name.to_owned(),
            library => format!("{library}.{}", f.name),
        })
        .collect()
}

#[test]
fn every_added_function_is_explained_and_none_else() {
    let mut added = BTreeSet::new();
    for library in bvm_stdlib::LIBRARIES {
        added.extend(visible(library.additions, library.name));
    }
    let table = section(&page(), "### Added functions");
    let explained: BTreeSet<String> = rows(&table)
        .iter()
        .flat_map(|row| row.first().map_or(Vec::new(), |cell| code_pieces(cell)))
        .filter_map(|call| Some(call.split_once('(')?.0.to_owned()))
        .collect();
    assert_eq!(explained, added, "left: spec.md, right: the code");
}

#[test]
fn every_function_that_charges_has_a_price() {
    let prices = section(&page(), "### Prices of library functions");
    let named: BTreeSet<String> = code_pieces(&prices)
        .iter()
        .map(|piece| {
            piece
                .rsplit(['.', ':'])
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect();
    for library in bvm_stdlib::LIBRARIES {
        let functions = library.functions.iter().chain(library.additions);
        for function in functions.filter(|f| !f.name.is_empty()) {
            assert!(
                named.contains(function.name),
                "the prices do not mention {}",
                function.full
            );
        }
    }
}

#[test]
fn exit_codes_are_those_of_the_command() {
    let text = section(&page(), "### Exit codes");
    let report = |name| constant("repl/src/report.rs", name);
    for code in [
        0,
        report("FAILED"),
        report("OUT_OF_BUDGET"),
        report("OUT_OF_MEMORY"),
    ] {
        assert!(
            rows(&text).iter().any(|row| row[0] == code.to_string()),
            "exit code {code} is not in spec.md"
        );
    }
}

/// Numbers that the text of the page states, and where the code has them.
const STATED: &[(&str, &str, &str)] = &[
    (
        "vm/src/exec/depth.rs",
        "SPARE_FRAMES",
        "| further activations for a message handler after an overflow | {} |",
    ),
    (
        "vm/src/exec/frame.rs",
        "MAX_STACK",
        "| bytes of a thread's value stack | {} |",
    ),
    (
        "vm/src/exec/access.rs",
        "MAX_LOOP",
        "| metatables that one access follows | {} |",
    ),
    (
        "text/src/matcher.rs",
        "MAX_CAPTURES",
        "| captures of a pattern | {} |",
    ),
    (
        "vm/src/data/rehash.rs",
        "MAX_BITS",
        "| array slots of a table, hash nodes of a table | 2^{} |",
    ),
    (
        "isa/src/verify/flow.rs",
        "VISITS_PER_WORD",
        "more than {} visits a word",
    ),
    (
        "isa/src/verify/mod.rs",
        "MAX_STACK",
        "more than {} registers",
    ),
    (
        "isa/src/verify/mod.rs",
        "MAX_UPVALUES",
        "more than {} upvalues",
    ),
    (
        "isa/src/verify/mod.rs",
        "MAX_LOCALS",
        "more than {} alive at once",
    ),
    (
        "stdlib/src/coroutine.rs",
        "NEW_COROUTINE",
        "| `coroutine.create`, `coroutine.wrap` | {} |",
    ),
    (
        "stdlib/src/coroutine.rs",
        "SWITCH",
        "| `coroutine.resume`, a wrapped coroutine | {} + values / 16 |",
    ),
    (
        "stdlib/src/compile.rs",
        "HOST_BYTES",
        "{} bytes for each byte of source",
    ),
    (
        "apart/src/under_way.rs",
        "MOST_COMPILING",
        "at most {} such stacks",
    ),
    (
        "stdlib/src/collect.rs",
        "LEAST_STEP",
        "steps that are due while {} bytes",
    ),
    ("stdlib/src/portions.rs", "PIECE", "each piece of {} bytes"),
    (
        "stdlib/src/io/handle.rs",
        "MAX_PATH",
        "| bytes of a path | {} |",
    ),
    (
        "stdlib/src/io/handle.rs",
        "MAX_COMMAND",
        "| bytes of a command | {} |",
    ),
];

#[test]
fn stated_numbers_are_those_of_the_code() {
    let page = page();
    for (path, name, sentence) in STATED {
        let expected = sentence.replace("{}", &constant(path, name).to_string());
        assert!(page.contains(&expected), "spec.md does not say: {expected}");
    }
}
