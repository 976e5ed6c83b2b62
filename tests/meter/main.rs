//! Nothing escapes the meter: for every function of the library there is a program that makes it work long, or the
//! reason why it cannot. Must not measure prices: those are in spec.md.

use bvm::{Error, Exit, Guest, Ring};
use std::collections::BTreeSet;

mod programs;

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
    ("numbers, as many as a window holds", "bit.* bit32.* math.*"),
    (
        "a hypercall: paid by the table of hypercalls and by its bytes",
        "io.* os.* dofile loadfile debug.debug",
    ),
    ("the language's own: unsafe paths are closed", "package.*"),
    ("a hypercall of the supervisor", "task.*"),
];

fn covers(list: &str, name: &str) -> bool {
    list.split_whitespace()
        .any(|entry| match entry.strip_suffix('*') {
            Some(library) => name.starts_with(library),
            None => entry == name,
        })
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

fn source(program: &str, n: u32) -> String {
    program.replace('N', &n.to_string())
}

/// Runs a program; gives its result and the fuel that it took.
fn run(program: &str, n: u32, slice: u64) -> Result<(Exit, u64), Error> {
    let (host, _) = bvm::Capture::new(1 << 24);
    let mut guest = Guest::builder().host(host).build()?;
    let f = guest.load(source(program, n), "=meter")?;
    guest.start(&f, &[])?;
    loop {
        let exit = guest.run(slice);
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
    for (_, program) in LONG.iter().chain(OPERATORS) {
        let (_, less) = run(program, 1_000, 1 << 40)?;
        let (_, more) = run(program, 6_000, 1 << 40)?;
        assert!(more * 2 > less * 3, "{program}: {less} and {more} units");
    }
    Ok(())
}
