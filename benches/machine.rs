//! What the machine's parts cost: small loops over one kind of instruction, allocation, collection, tables,
//! strings, and loading a source. The numbers are for one iteration of the guest's loop, as items a second.

use bvm::{Function, Guest, Value};
use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};

fn main() {
    divan::main();
}

/// More than any of these needs.
const FUEL: u64 = 1 << 40;
/// Iterations of the guest's loop in one call.
const LOOPS: u32 = 10_000;

/// What is done before the loop, and what is done in it; `i` counts.
const LOOPS_OVER: &[(&str, &str, &str)] = &[
    ("nothing", "", ""),
    ("arithmetic", "local x = 1", "x = x * 3 % 1000 + i"),
    (
        "compare",
        "local x = 0",
        "if i < 5000 then x = i elseif i == 9000 then x = 0 end",
    ),
    ("field_get", "local t, x = { key = 1 }", "x = t.key"),
    ("field_set", "local t = { key = 1 }", "t.key = i"),
    ("global_get", "", "local x = math"),
    ("index_get", "local t, x = { 1, 2, 3, 4 }", "x = t[3]"),
    ("index_set", "local t = { 1, 2, 3, 4 }", "t[3] = i"),
    ("call", "local function f(a) return a end", "f(i)"),
    (
        "call_method",
        "local o = { m = function(self) return self end }",
        "o:m()",
    ),
    ("call_native", "local f = math.abs", "f(i)"),
    (
        "call_vararg",
        "local function f(...) return ... end",
        "f(i, i)",
    ),
    (
        "call_protected",
        "local pcall, f = pcall, function() end",
        "pcall(f)",
    ),
    (
        "resume",
        "local f = coroutine.wrap(function() while true do coroutine.yield() end end)",
        "f()",
    ),
    (
        "metamethod",
        "local t = setmetatable({}, { __index = function(t, k) return k end })",
        "local x = t[i]",
    ),
    ("make_closure", "", "local f = function() return i end"),
    ("make_table", "", "local t = {}"),
    ("make_record", "", "local t = { x = i, y = i }"),
    ("make_array", "", "local t = { i, i, i, i }"),
    ("append", "local t = {}", "t[#t + 1] = i"),
    ("insert_key", "local t = {}", "t[i * 7919] = i"),
    (
        "lookup_key",
        "if not T then T = {} for i = 1, 10000 do T[i * 7919] = i end end local t, x = T",
        "x = t[i * 7919]",
    ),
    (
        "lookup_string",
        "local t, x, k = { a = 1 }, nil, 'a'",
        "x = t[k]",
    ),
    ("concat", "local s = 'abc'", "local x = s .. i"),
    (
        "intern_known",
        "local s = 'abcdefgh'",
        "local x = s:sub(2, 7)",
    ),
    (
        "intern_new",
        "local format = string.format",
        "local x = format('%d', i)",
    ),
    (
        "pairs",
        "local t = {} for i = 1, 10 do t['k' .. i] = i end",
        "for k in pairs(t) do break end",
    ),
];

fn guest() -> Guest {
    Guest::new().unwrap_or_else(|error| panic!("no guest: {error}"))
}

fn function(guest: &mut Guest, source: &str) -> Function {
    let loaded = guest.load(source, "=bench");
    loaded.unwrap_or_else(|error| panic!("{source}: {error}"))
}

#[divan::bench(args = LOOPS_OVER.iter().map(|row| row.0))]
fn run(bencher: Bencher, name: &str) {
    let Some((_, before, body)) = LOOPS_OVER.iter().find(|row| row.0 == name) else {
        return;
    };
    let mut guest = guest();
    let source = format!("{before} for i = 1, {LOOPS} do {body} end");
    let program = function(&mut guest, &source);
    bencher
        .counter(ItemsCount::new(LOOPS))
        .bench_local(|| guest.call(&program, &[], FUEL).map(drop));
}

/// A full collection over so many live objects.
#[divan::bench(args = [1_000, 100_000], sample_count = 20)]
fn collect(bencher: Bencher, objects: u32) {
    let mut guest = guest();
    let make = function(
        &mut guest,
        "kept = {} for i = 1, ... do kept[i] = { i } end",
    );
    let made = guest.call(&make, &[Value::Number(f64::from(objects))], FUEL);
    made.unwrap_or_else(|error| panic!("{error}"));
    let collect = function(&mut guest, "collectgarbage()");
    bencher
        .counter(ItemsCount::new(objects))
        .bench_local(|| guest.call(&collect, &[], FUEL).map(drop));
}

/// Source to a function that could be called: compiled, verified, translated.
#[divan::bench]
fn load(bencher: Bencher) {
    let function = "local function name(first, second)
        local sum = first.field + second[1] * 2
        if sum > 10 then return sum, 'text' else print(first, 'other text') end
        for i = 1, 10 do sum = sum + i end
        return { x = sum, y = first, 'element' }\nend\n";
    let source = format!("do {function} end\n").repeat(200);
    let mut guest = guest();
    bencher
        .counter(BytesCount::new(source.len()))
        .bench_local(|| guest.load(&source, "=bench").map(drop));
}
