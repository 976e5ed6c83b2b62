//! What a call costs between Rust and Lua: bvm beside mlua, in one run, interleaved. Prints the median of the
//! nanoseconds of processor time that one operation takes, and bvm's share of mlua's.
//!
//! `cargo run --release` measures mlua with Lua 5.1, and `cargo run --release --no-default-features --features
//! luajit` with LuaJIT. `--features` of both does not exist: mlua links one of them.

use std::hint::black_box;
use cpu_time::ThreadTime;

/// Operations of a round.
const ROUND: u32 = 20_000;
/// Rounds of each side.
const ROUNDS: usize = 31;

/// A host type of both sides.
struct Counter(f64);

impl bvm::UserData for Counter {
    const NAME: &'static str = "Counter";
    const IS_LEAF: bool = true;
    fn class(class: &mut bvm::Class<Counter>) {
        class.method_mut("add", |counter: &mut Counter, n: f64| {
            counter.0 += n;
            counter.0
        });
    }
}

impl mlua::UserData for Counter {
    fn add_methods<M: mlua::UserDataMethods<Self>>(methods: &mut M) {
        methods.add_method_mut("add", |_, counter, n: f64| {
            counter.0 += n;
            Ok(counter.0)
        });
    }
}

/// A row of the table: the same thing on both sides, `ROUND` times.
struct Row {
    name: &'static str,
    bvm: Box<dyn Fn()>,
    mlua: Box<dyn Fn()>,
}

fn time(round: &dyn Fn()) -> f64 {
    let began = ThreadTime::now();
    round();
    began.elapsed().as_nanos() as f64 / f64::from(ROUND)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let only = std::env::args().nth(1);
    println!("{:<28}{:>10}{:>10}{:>8}", "ns", "bvm", "mlua", "share");
    let rows = rows().expect("both sides work");
    let chosen = rows
        .iter()
        .filter(|row| only.as_deref().is_none_or(|only| row.name.contains(only)));
    for row in chosen {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            ours.push(time(&row.bvm));
            theirs.push(time(&row.mlua));
        }
        let (ours, theirs) = (median(ours), median(theirs));
        println!("{:<28}{ours:>10.1}{theirs:>10.1}{:>8.2}", row.name, ours / theirs);
    }
}

/// Makes a row; both sides do the same.
macro_rules! row {
    ($rows:ident, $name:literal, $i:ident, $bvm:expr, $mlua:expr) => {
        $rows.push(Row {
            name: $name,
            bvm: Box::new(move || {
                for $i in 0..ROUND {
                    let _ = black_box($bvm);
                }
            }),
            mlua: Box::new(move || {
                for $i in 0..ROUND {
                    let _ = black_box($mlua);
                }
            }),
        });
    };
}

fn rows() -> Result<Vec<Row>, Box<dyn std::error::Error>> {
    let ours = Box::leak(Box::new(bvm::Lua::new()?));
    let theirs = Box::leak(Box::new(mlua::Lua::new()));
    let mut rows = Vec::new();
    calls(&mut rows, ours, theirs)?;
    data(&mut rows, ours, theirs)?;
    Ok(rows)
}

fn calls(
    rows: &mut Vec<Row>,
    ours: &'static bvm::Lua,
    theirs: &'static mlua::Lua,
) -> Result<(), Box<dyn std::error::Error>> {
    let source = "return function(n) return n + 1 end";
    let a: bvm::Function = ours.load(source).eval()?;
    let b: mlua::Function = theirs.load(source).eval()?;
    row!(rows, "host to Lua: f(int) -> int", i, a.call::<i64>(i), b.call::<i64>(i));
    let source = "return function(text) return text end";
    let a: bvm::Function = ours.load(source).eval()?;
    let b: mlua::Function = theirs.load(source).eval()?;
    row!(
        rows,
        "string in and out",
        _i,
        a.call::<String>("a text of some length"),
        b.call::<String>("a text of some length")
    );
    // The loop is Lua's: a round is one call from here.
    let source = format!("local f = ... return function() for i = 1, {ROUND} do f(i) end end");
    let f = ours.function(|n: i64| n + 1)?;
    let a: bvm::Function = ours.load(&source).call(f)?;
    let f = theirs.create_function(|_, n: i64| Ok(n + 1))?;
    let b: mlua::Function = theirs.load(&source).call(f)?;
    rows.push(Row {
        name: "Lua to host: f(int) -> int",
        bvm: Box::new(move || a.call::<()>(()).expect("a loop")),
        mlua: Box::new(move || b.call::<()>(()).expect("a loop")),
    });
    // The same when the function uses the guest: the machine is left for it.
    let f = ours.function(|_: &bvm::Cx<'_>, n: i64| n + 1)?;
    let a: bvm::Function = ours.load(&source).call(f)?;
    let f = theirs.create_function(|_, n: i64| Ok(n + 1))?;
    let b: mlua::Function = theirs.load(&source).call(f)?;
    rows.push(Row {
        name: "Lua to host: with the call",
        bvm: Box::new(move || a.call::<()>(()).expect("a loop")),
        mlua: Box::new(move || b.call::<()>(()).expect("a loop")),
    });
    let source = format!("local f = ... return function() for i = 1, {ROUND} do f('some text') end end");
    let f = ours.function(|text: String| text)?;
    let a: bvm::Function = ours.load(&source).call(f)?;
    let f = theirs.create_function(|_, text: String| Ok(text))?;
    let b: mlua::Function = theirs.load(&source).call(f)?;
    rows.push(Row {
        name: "Lua to host: string",
        bvm: Box::new(move || a.call::<()>(()).expect("a loop")),
        mlua: Box::new(move || b.call::<()>(()).expect("a loop")),
    });
    let source = format!("local c = ... return function() for i = 1, {ROUND} do c:add(1) end end");
    let a: bvm::Function = ours.load(&source).call(Counter(0.0))?;
    let b: mlua::Function = theirs.load(&source).call(Counter(0.0))?;
    rows.push(Row {
        name: "userdata method",
        bvm: Box::new(move || a.call::<()>(()).expect("a loop")),
        mlua: Box::new(move || b.call::<()>(()).expect("a loop")),
    });
    Ok(())
}

fn data(
    rows: &mut Vec<Row>,
    ours: &'static bvm::Lua,
    theirs: &'static mlua::Lua,
) -> Result<(), Box<dyn std::error::Error>> {
    let source = "return { name = 'x', size = 5, [1] = 10 }";
    let a: bvm::Table = ours.load(source).eval()?;
    let b: mlua::Table = theirs.load(source).eval()?;
    let (a2, b2) = (a.clone(), b.clone());
    row!(rows, "table field get: int", _i, a.get::<i64>("size"), b.get::<i64>("size"));
    row!(
        rows,
        "table field get: string",
        _i,
        a2.get::<String>("name"),
        b2.get::<String>("name")
    );
    let a: bvm::Table = ours.table()?;
    let b: mlua::Table = theirs.create_table()?;
    row!(rows, "table field set: int", i, a.set("size", i), b.set("size", i));
    let (a, b) = (ours.globals(), theirs.globals());
    a.set("t", ours.table()?)?;
    b.set("t", theirs.create_table()?)?;
    row!(
        rows,
        "table field get: table",
        _i,
        a.get::<bvm::Table>("t"),
        b.get::<mlua::Table>("t")
    );
    row!(rows, "new table", _i, ours.table(), theirs.create_table());
    Ok(())
}
