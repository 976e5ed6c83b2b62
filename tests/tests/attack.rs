//! Hostile bytes, words and programs: each ends in an error or runs out of fuel, in bounded time, and
//! no engine panics or disagrees with another. Must not hold programs that behave.

use bvm_isa::verify::{Verified, verify, verify_dumped};
use bvm_isa::{Const, Dialect, Proto, read_chunk, write_chunk};
use bvm_tests::corpus::cases;
use bvm_tests::engine::{Cuts, End, Limits, Mode, Outcome, run, run_verified};
use proptest::prelude::*;
use std::time::{Duration, Instant};

/// What a mutant may use: little, because there are many of them.
const SMALL: Limits = Limits {
    fuel: 100_000,
    memory: 32 << 20,
    dialect: Dialect::Bvm,
    saves: false,
    cuts: Cuts::Growing,
};

/// The text without the offsets of objects: hot code calls some natives without a window for them, so that stacks grow at
/// other moments than in cold code.
fn without_offsets(text: &str) -> String {
    let (first, rest) = text.split_once("0x").unwrap_or((text, ""));
    let shown = rest.split("0x").map(|part| {
        let is_digit = |c: char| c.is_ascii_hexdigit();
        part.trim_start_matches(is_digit)
    });
    [first].into_iter().chain(shown).collect()
}

/// Runs the same function in hot and in cold code, which must do the same.
fn run_both(make: impl Fn() -> Option<Verified>) -> Result<(), TestCaseError> {
    let (Some(hot), Some(cold)) = (make(), make()) else {
        return Ok(());
    };
    let (hot, cold) = (
        run_verified(hot, Mode::Whole, SMALL),
        run_verified(cold, Mode::Cold, SMALL),
    );
    if hot.end == End::OutOfFuel || cold.end == End::OutOfFuel {
        // Where exactly a limit stops them differs by a few instructions.
        prop_assert!(
            hot.fuel.abs_diff(cold.fuel) < 5_000,
            "{} and {}",
            hot.fuel,
            cold.fuel
        );
        let both = hot.output.len().min(cold.output.len());
        prop_assert_eq!(&hot.output[..both], &cold.output[..both]);
        return Ok(());
    }
    prop_assert_eq!(without_offsets(&hot.text()), without_offsets(&cold.text()));
    prop_assert_eq!(hot.fuel, cold.fuel, "fuel of hot and cold code");
    Ok(())
}

/// An instruction whose operands are small, so that the verifier lets some through.
fn word() -> impl Strategy<Value = u32> {
    let plausible = (
        0u32..38,
        0u32..6,
        0u32..6,
        prop_oneof![0u32..6, 256u32..260],
    )
        .prop_map(|(op, a, c, b)| op | a << 6 | c << 14 | b << 23);
    let jump = (
        prop_oneof![Just(22u32), Just(31), Just(32)],
        0u32..4,
        -4i32..4,
    )
        .prop_map(|(op, a, by)| op | a << 6 | ((by + 131_071) as u32) << 14);
    prop_oneof![8 => plausible, 2 => jump, 1 => any::<u32>()]
}

fn proto_of(words: &[u32], max_stack: u8) -> Proto {
    let source: &[u8] = b"local a, b = 1, 'x' return function() return a, b end";
    let mut proto = bvm_compiler::compile(source, b"=words").unwrap_or_default();
    proto.max_stack = max_stack;
    proto.consts = vec![
        Const::Number(2.0),
        Const::Str(b"print"[..].into()),
        Const::Nil,
        Const::Bool(true),
    ];
    proto.code = words.iter().map(|&w| bvm_isa::Word(w)).collect();
    // A function ends in a return.
    proto.code.push(bvm_isa::Word(30 | 1 << 23));
    proto.lines = vec![1; proto.code.len()];
    proto
}

/// Sources whose chunks are mutated.
fn chunks() -> Vec<Vec<u8>> {
    let chosen = cases().into_iter().step_by(29);
    let protos = chosen.filter_map(|case| bvm_compiler::compile(&case.source, b"=chunk").ok());
    protos.map(|proto| write_chunk(&proto, false)).collect()
}

fn load(bytes: &[u8]) -> Option<Verified> {
    verify_dumped(read_chunk(bytes, b"=mutant").ok()?).ok()
}

/// Tokens of which random sources are made.
const TOKENS: [&str; 48] = [
    "local", "function", "end", "if", "then", "else", "while", "do", "for", "in", "repeat",
    "until", "return", "break", "nil", "true", "not", "and", "or", "x", "y", "print", "pcall",
    "string", "(", ")", "{", "}", "[", "]", "=", "==", "..", "...", ".", ",", ";", ":", "+", "-",
    "*", "^", "#", "1", "'s'", "[[l", "--", "\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: bvm_tests::corpus::setting("BVM_ATTACK_CASES", 300) as u32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_words_are_refused_or_run(words in prop::collection::vec(word(), 0..20), stack in 2u8..10) {
        run_both(|| verify(proto_of(&words, stack)).ok())?;
    }

    #[test]
    fn mutated_chunks_are_refused_or_run(
        chosen in any::<prop::sample::Index>(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        thread_local!(static CHUNKS: Vec<Vec<u8>> = chunks());
        let mut bytes = CHUNKS.with(|all| all[chosen.index(all.len())].clone());
        for (at, by) in &flips {
            let at = at.index(bytes.len());
            bytes[at] ^= by;
        }
        run_both(|| load(&bytes))?;
    }

    #[test]
    fn random_bytes_are_no_chunk(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut chunk = write_chunk(&Proto::default(), false);
        chunk.truncate(12);
        prop_assert!(read_chunk(&bytes, b"=bytes").is_err());
        chunk.extend(&bytes);
        run_both(|| load(&chunk))?;
    }

    #[test]
    fn random_tokens_compile_or_not(tokens in prop::collection::vec(0..TOKENS.len(), 0..60)) {
        let words: Vec<&str> = tokens.iter().map(|&i| TOKENS[i]).collect();
        let source = words.join(" ");
        run(source.as_bytes(), "=tokens", Mode::Whole, SMALL);
    }

    #[test]
    fn random_bytes_compile_or_not(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        run(&bytes, "=bytes", Mode::Whole, SMALL);
    }

    #[test]
    fn random_patterns_match_or_not(
        subject in "[ab1 ()]{0,40}",
        pattern in "[ab%.*+?()\\[\\]^$1f-]{0,12}",
    ) {
        let source = format!(
            "print(pcall(string.find, {subject:?}, {pattern:?})) print(pcall(string.gsub, {subject:?}, {pattern:?}, '%0'))"
        );
        let whole = run(source.as_bytes(), "=pattern", Mode::Whole, SMALL);
        let sliced = run(source.as_bytes(), "=pattern", Mode::Sliced, SMALL);
        prop_assert_eq!(whole.text(), sliced.text());
    }
}

/// Wall time that a hostile program may take, on a slow machine that does other work too.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a hostile program may use.
const USUAL: Limits = Limits {
    fuel: 1_000_000,
    memory: 64 << 20,
    dialect: Dialect::Bvm,
    saves: false,
    cuts: Cuts::Growing,
};

/// Runs a program and checks how it ended; tells what is wrong.
fn attack(source: &[u8], limits: Limits, is_right: impl Fn(&Outcome) -> bool) -> Option<String> {
    let began = Instant::now();
    let outcome = run(source, "=attack", Mode::Whole, limits);
    let took = began.elapsed();
    let start = String::from_utf8_lossy(&source[..source.len().min(100)]).into_owned();
    if std::env::var_os("BVM_TESTS_TIMES").is_some() {
        eprintln!("{took:?} fuel {} {start}", outcome.fuel);
    }
    if took > PATIENCE {
        return Some(format!("{start}\n  takes {took:?}"));
    }
    let text: String = outcome.text().chars().take(200).collect();
    (!is_right(&outcome)).then(|| format!("{start}\n  ends with {text}"))
}

fn report(complaints: impl Iterator<Item = String>) {
    let all: Vec<String> = complaints.collect();
    assert!(all.is_empty(), "{} attacks:\n{}", all.len(), all.join("\n"));
}

/// Each program prints the line beside it.
fn print(programs: &[(&str, &str)]) {
    let limits = Limits {
        fuel: 50_000_000,
        ..USUAL
    };
    report(programs.iter().filter_map(|(source, line)| {
        attack(source.as_bytes(), limits, |got| {
            got.text().strip_suffix('\n') == Some(line)
        })
    }));
}

/// Each program runs out of fuel.
fn run_out(programs: &[&str]) {
    report(
        programs
            .iter()
            .filter_map(|source| attack(source.as_bytes(), USUAL, |got| got.end == End::OutOfFuel)),
    );
}

/// Each program ends in some way.
fn end(programs: &[&str]) {
    report(
        programs
            .iter()
            .filter_map(|source| attack(source.as_bytes(), USUAL, |_| true)),
    );
}

/// Each source is refused with a message that has this in it.
fn are_refused(sources: &[String], part: &str) {
    let says = |got: &Outcome| match &got.end {
        End::Syntax(message) => String::from_utf8_lossy(message).contains(part),
        _ => false,
    };
    report(
        sources
            .iter()
            .filter_map(|source| attack(source.as_bytes(), USUAL, says)),
    );
}

#[test]
fn infinite_recursion_is_an_error() {
    print(&[
        (
            "local function f() return 1 + f() end local ok, m = pcall(f) print(ok, (m:gsub(' %(.*', '')))",
            "false\tattack:1: stack overflow",
        ),
        (
            "print((pcall(function() local function f() return pcall(f) end return f() end)))",
            "true",
        ),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k] end print((pcall(function() return t.x end)))",
            "false",
        ),
        (
            "local t = setmetatable({}, {}) getmetatable(t).__add = function(a, b) return a + b end print((pcall(function() return t + t end)))",
            "false",
        ),
        (
            "local function f(x) return (x:gsub('.', f)) end print((pcall(f, 'x')))",
            "false",
        ),
        (
            "local function f() table.sort({1, 2, 3}, f) end print((pcall(f)))",
            "false",
        ),
        (
            "local function f() error(f()) end print((pcall(f)))",
            "false",
        ),
        (
            "local function f() for k in f do end end print((pcall(f)))",
            "false",
        ),
        (
            "print((xpcall(function() error() end, function(e) error(e) end)))",
            "false",
        ),
    ]);
    run_out(&[
        "local function f() return f() end f()",
        "local function f() local co = coroutine.create(f) return coroutine.resume(co) end while true do f() end",
        "local function f() while true do pcall(coroutine.wrap(function() f() end)) end end f()",
        "local function f() while true do xpcall(f, f) end end f()",
    ]);
}

#[test]
fn deep_nesting_is_an_error() {
    let deep = 1_000_000;
    let pairs = [
        ("(", ")"),
        ("{", "}"),
        ("f(", ")"),
        ("a[", "]"),
        ("- ", ""),
        ("not ", ""),
    ];
    let nested = |(open, close): (&str, &str)| {
        format!("return {}1{}", open.repeat(deep), close.repeat(deep))
    };
    let mut sources: Vec<String> = pairs.into_iter().map(nested).collect();
    sources.push(format!("{}{}", "do ".repeat(deep), "end ".repeat(deep)));
    sources.push(format!("return {}1", "1 .. ".repeat(deep)));
    sources.push(format!(
        "{}{}",
        "x = function() ".repeat(deep),
        "end ".repeat(deep)
    ));
    sources.push(format!(
        "{}{}",
        "if x then ".repeat(deep),
        "end ".repeat(deep)
    ));
    are_refused(&sources, "chunk has too many syntax levels");
}

#[test]
fn long_lines_are_read_in_linear_time() {
    let size = 4 << 20;
    let end_well = [
        format!("return #'{}'", "x".repeat(size)),
        format!("--{}\nreturn 1", "x".repeat(size)),
        format!("return{}1", " ".repeat(size)),
        format!("{} = 1", "n".repeat(size)),
        "x=1 ".repeat(size / 32),
        format!("return {}1", "1 + ".repeat(size / 32)),
    ];
    let is_done = |got: &Outcome| matches!(got.end, End::Done(_));
    report(
        end_well
            .iter()
            .filter_map(|source| attack(source.as_bytes(), USUAL, is_done)),
    );
    are_refused(
        &[format!("return [{}[", "=".repeat(size))],
        "unfinished long string",
    );
    are_refused(
        &[format!("return {}", "9".repeat(size)) + "x"],
        "malformed number",
    );
}

#[test]
fn too_much_memory_is_an_error() {
    print(&[
        (
            "print(pcall(string.rep, 'x', 1e10))",
            "false\tnot enough memory",
        ),
        ("print((pcall(string.rep, 'x', -1e10)))", "true"),
        (
            "print(pcall(function() local s = 'x' while true do s = s .. s end end))",
            "false\tnot enough memory",
        ),
        ("print((pcall(unpack, {}, 1, 2^31 - 1)))", "false"),
        ("print((pcall(unpack, {}, 1, 1e8)))", "false"),
        ("print((pcall(string.format, '%99999d', 1)))", "false"),
        // As in C, where the count is an `int`.
        ("print((pcall(string.rep, 'xxxxxxxxxx', 2^52)))", "true"),
        (
            "print((pcall(table.concat, {}, 'x', 1, 2^31 - 1)))",
            "false",
        ),
        ("print((pcall(string.char, unpack({}, 1, 7000))))", "false"),
        (
            "print((pcall(string.gsub, ('x'):rep(1e6), '', ('y'):rep(1e6))))",
            "false",
        ),
    ]);
}

#[test]
fn exponential_patterns_end() {
    end(&[
        "return (('a'):rep(3000)):find(('a?'):rep(30) .. ('a'):rep(30) .. 'b')",
        "local s = ('a'):rep(3000) while true do s:find(('.-'):rep(20) .. 'b') end",
        "return (('\"x\",'):rep(600)):find(('\".-\"'):rep(20) .. 'b')",
        "return (('x'):rep(3000)):find(('x*'):rep(12) .. 'y')",
        "return (('('):rep(3000)):gsub(('.*'):rep(9) .. '%)', '')",
        "return (('a'):rep(3000)):find(('(a*)'):rep(9) .. '%1%2%3%4b')",
        "return (('a'):rep(200)):find(('('):rep(40) .. ('a*'):rep(3) .. (')'):rep(40))",
        "return (('('):rep(1e5)):gsub('%b()', '')",
        "return (('a'):rep(1e5)):gsub('a-b', '')",
        "return (('a'):rep(1e5)):gsub('%f[b]', '')",
        "for w in (('a'):rep(1e5)):gmatch('.-b') do end",
        "return ('x'):find(('x'):rep(1e6)), ('x'):find(('x?'):rep(1e5))",
    ]);
}

#[test]
fn endless_loops_run_out() {
    run_out(&[
        "while true do end",
        "repeat until false",
        "for i = 1, math.huge do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "while true do coroutine.wrap(function() pcall(function() while true do end end) end)() end",
        "for k in function() return 1 end do end",
        "local t = setmetatable({}, {__index = function() while true do end end}) return t.x",
        "return (('x'):rep(9)):gsub('x', function() while true do end end)",
        "table.sort({3, 2, 1}, function() while true do end end)",
        "xpcall(error, function() while true do end end)",
        "load(function() return ' ' end)",
        "return loadstring('while true do end')()",
        "for i = 1, 3 do getmetatable(newproxy(true)).__gc = function() while true do end end end while true do collectgarbage() end",
        "local function again() getmetatable(newproxy(true)).__gc = again end again() while true do collectgarbage() end",
        "debug.sethook(function() while true do end end, 'l')\nlocal x = 1",
    ]);
}

#[test]
fn work_in_libraries_is_paid() {
    // One program a line, each an endless loop over costly work.
    let programs: Vec<&str> = include_str!("../hostile/endless_work.txt")
        .lines()
        .collect();
    run_out(&programs);
}
