//! Nothing escapes the meter: for every function of the library there is a program that makes it work long, or the
//! reason why it cannot. What is done in one piece is looked at in `tests/pieces.rs`, with the same programs. Must not measure
//! prices: those are in spec.md.

use bvm::{Error, Exit, Guest, Ring};
use std::collections::BTreeSet;

mod calls;
mod programs;

use calls::{Call, ELSEWHERE, FIXED, GROWING, statement};
use programs::{LONG, OPERATORS};

/// Functions whose work has a bound that one call cannot move, and why.
const BOUNDED: &[(&str, &str)] = &[
    (
        "a few values",
        "assert gcinfo getmetatable newproxy rawequal rawget rawset setmetatable tostring type \
        coroutine.isyieldable coroutine.running coroutine.status string.len table.getn table.setn \
        debug.gethook debug.sethook debug.getfenv debug.setfenv debug.getmetatable debug.setmetatable debug.getregistry \
        debug.getupvalue debug.setupvalue ring.current ring.caller ring.left ring.limit ring.seal ring.used \
        os.date os.difftime os.setlocale io.type",
    ),
    (
        "numbers",
        "math.abs math.acos math.asin math.atan math.atan2 math.ceil math.cos math.cosh math.deg math.exp math.floor \
        math.fmod math.frexp math.ldexp math.log math.log10 math.modf math.mod math.pow math.rad math.random math.sin \
        math.sinh math.sqrt math.tan math.tanh \
        bit.arshift bit.bnot bit.bswap bit.lshift bit.rol bit.ror bit.rshift bit.tobit bit.tohex \
        bit32.arshift bit32.bnot bit32.bswap bit32.extract bit32.lrotate bit32.lshift bit32.replace bit32.rol bit32.ror \
        bit32.rrotate bit32.rshift bit32.tobit bit32.tohex",
    ),
    (
        "numbers, as many as a window holds",
        "math.max math.min bit.band bit.bor bit.bxor bit32.band bit32.bor bit32.btest bit32.bxor",
    ),
    (
        "310 numbers, which a price of its own pays",
        "math.randomseed",
    ),
    (
        "a hypercall: paid by the table of hypercalls and by its bytes",
        "io.close io.flush io.input io.lines io.open io.output io.popen io.read io.tmpfile io.write \
        os.clock os.entropy os.execute os.exit os.getenv os.remove os.rename os.time os.tmpname \
        dofile loadfile debug.debug",
    ),
    (
        "the language's own: unsafe paths are closed",
        "package.loadlib package.searchpath package.seeall",
    ),
    (
        "a hypercall of the supervisor",
        "task.find task.link task.monitor task.receive task.self task.send task.sleep task.spawn",
    ),
    (
        "values of a message, which are paid by their size",
        "task.pack task.unpack",
    ),
];

fn covers(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|entry| entry == name)
}

#[test]
fn every_function_has_a_cost_or_a_bound() {
    let visible: BTreeSet<String> = bvm_stdlib::LIBRARIES
        .iter()
        .flat_map(|library| {
            library
                .functions
                .iter()
                .chain(library.additions)
                .map(move |f| (library, f))
        })
        .filter(|(_, f)| !f.name.is_empty())
        .map(|(library, f)| match library.name {
            "" => f.name.to_owned(),
            name => format!("{name}.{}", f.name),
        })
        .collect();
    assert!(visible.len() > 150);
    let missing: Vec<&String> = visible
        .iter()
        .filter(|name| !LONG.iter().any(|(names, _)| covers(names, name)))
        .filter(|name| !BOUNDED.iter().any(|(_, names)| covers(names, name)))
        .collect();
    assert!(
        missing.is_empty(),
        "no program makes these work long: {missing:?}"
    );
}

/// Fuel of a slice.
const SLICE: u64 = 1_000;

/// Units that a slice may take too many: what is done in one piece takes less than 10 µs, and where it is that long a unit
/// takes less than 10 ns (`cargo bench -p bvm --bench slices`).
const BEYOND: i64 = 1_100;

fn source(program: &str, n: u32) -> String {
    program.replace('N', &n.to_string())
}

/// Runs a program; gives its result and the fuel that it took, and fails where a slice takes much more than it is given.
fn run(program: &str, n: u32, slice: u64) -> Result<(Exit, u64), Error> {
    let (host, _) = bvm::Capture::new(1 << 24);
    let mut guest = Guest::builder().host(host).build()?;
    let f = guest.load(source(program, n), "=meter")?;
    guest.start(&f, &[])?;
    loop {
        let exit = guest.run(slice);
        let beyond = -guest.fuel_left();
        assert!(beyond <= BEYOND, "{program}: {beyond} units too many");
        if exit != Exit::OutOfFuel {
            let fuel: u64 = Ring::ALL.iter().map(|&ring| guest.account(ring).fuel).sum();
            return Ok((exit, fuel));
        }
    }
}

#[test]
fn long_work_is_paid_stopped_and_finished() -> Result<(), Error> {
    for (_, program) in LONG.iter().chain(OPERATORS) {
        let (whole, fuel) = run(program, 4_000, 1 << 40)?;
        let (sliced, fuel_in_slices) = run(program, 4_000, SLICE)?;
        assert!(matches!(whole, Exit::Done(_)), "{program}: {whole:?}");
        assert_eq!(whole, sliced, "{program}");
        assert_eq!(fuel, fuel_in_slices, "{program}");
    }
    Ok(())
}

#[test]
fn more_work_costs_more() -> Result<(), Error> {
    for (_, program) in OPERATORS {
        let (_, less) = run(program, 1_000, 1 << 40)?;
        let (_, more) = run(program, 6_000, 1 << 40)?;
        assert!(more * 2 > less * 3, "{program}: {less} and {more} units");
    }
    let mut wrong = String::new();
    for call in GROWING {
        let (less, more) = (price(call, 1_000)?, price(call, 6_000)?);
        if more < 60 || more * 2 < less * 5 {
            wrong += &format!("{call:?}: {less} and {more} units\n");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    Ok(())
}

/// What a call costs.
fn price(call: &Call, n: u32) -> Result<u64, Error> {
    let fuel = |last: &str| -> Result<u64, Error> {
        let program = format!("{} {last} return 1", call.setup);
        let (exit, fuel) = run(&program, n, 1 << 40)?;
        assert!(matches!(exit, Exit::Done(_)), "{program}: {exit:?}");
        Ok(fuel)
    };
    let without = fuel(call.without)?;
    Ok(fuel(&statement(call.with))?.saturating_sub(without))
}

#[test]
fn bounded_work_costs_what_it_is_worth() -> Result<(), Error> {
    for &(names, setup, with, least) in FIXED {
        let call = Call {
            names,
            setup,
            without: "",
            with,
        };
        let units = price(&call, 1)?;
        assert!(units >= least, "{call:?}: {units} units");
    }
    Ok(())
}

#[test]
fn what_works_long_has_a_call_that_shows_its_price() {
    let names = LONG.iter().flat_map(|(names, _)| names.split_whitespace());
    let missing: BTreeSet<&str> = names
        .filter(|name| !GROWING.iter().any(|call| covers(call.names, name)))
        .filter(|name| !FIXED.iter().any(|(names, ..)| covers(names, name)))
        .filter(|name| !ELSEWHERE.iter().any(|(_, names)| covers(names, name)))
        .collect();
    assert!(missing.is_empty(), "no call shows the price of {missing:?}");
}
