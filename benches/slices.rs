//! How long a guest goes on beyond a slice of fuel: for each program that makes a function of the library or an
//! operator work long, the longest of its slices and what a slice takes in the middle. The slices are so short that
//! the longest one is mostly what is done in one piece. The guests have their memory from the beginning, and no large
//! pages: giving it takes the system's time, and is the same for all programs. They have done a little of the same work
//! before, because the first slice of a guest finds nothing in the processor's caches. `cargo bench -p bvm --bench slices`,
//! all programs or those with the words behind `--` in their names.

use bvm::{Capture, Error, Exit, Guest};
use std::time::{Duration, Instant};

#[path = "../tests/meter/programs.rs"]
mod programs;

/// Fuel of a slice.
const SLICE: u64 = 100;
/// Bytes of memory that a guest has from the beginning: as much as the programs use without a collector, with what is kept
/// free behind a stack.
const COMMITTED: u64 = 64 << 20;
/// How often a program is run. Its slices are the same each time, and of each the shortest time counts, because the
/// system interrupts.
const RUNS: usize = 7;

/// The time of each slice of a run, behind one that is not measured.
fn slices(first: &str, source: &str) -> Result<Vec<Duration>, Error> {
    let (host, _) = Capture::new(1 << 26);
    let mut guest = Guest::builder()
        .commit(COMMITTED)
        .large_pages(false)
        .host(host)
        .build()?;
    let f = guest.load(first, "=first")?;
    guest.start(&f, &[])?;
    while guest.run(SLICE) == Exit::OutOfFuel {}
    let f = guest.load(source, "=slices")?;
    guest.start(&f, &[])?;
    let mut times = Vec::new();
    loop {
        let began = Instant::now();
        let exit = guest.run(SLICE);
        times.push(began.elapsed());
        if exit != Exit::OutOfFuel {
            return Ok(times);
        }
    }
}

/// The longest slice of a program, which one that is of how many, and one in the middle.
struct Longest(Duration, usize, usize, Duration);

fn longest(names: &str, before: &str, program: &str) -> Result<Longest, Error> {
    let [first, source] = ["400", "20000"].map(|n| {
        let program = program.replace('N', n);
        // What a run hands out is copied for the host, which is not the guest's work.
        format!(
            "{before} local function work() {program} end
            local result = work() return type(result) == 'string' and #result or result"
        )
    });
    let mut times = slices(&first, &source)?;
    for _ in 1..RUNS {
        let more = slices(&first, &source)?;
        assert_eq!(times.len(), more.len(), "{names}");
        for (time, more) in times.iter_mut().zip(more) {
            *time = more.min(*time);
        }
    }
    let count = times.len();
    let (at, longest) = times
        .iter()
        .copied()
        .enumerate()
        .max_by_key(|(_, time)| *time)
        .unwrap_or_default();
    times.sort_unstable();
    let median = times.get(count / 2).copied().unwrap_or_default();
    Ok(Longest(longest, at + 1, count, median))
}

/// One program: without the collector and with it.
fn row(names: &'static str, program: &str) -> Result<(Longest, Longest, &'static str), Error> {
    let without = longest(names, "collectgarbage('stop')", program)?;
    Ok((without, longest(names, "", program)?, names))
}

fn main() -> Result<(), Error> {
    // Cargo asks benchmarks to do nothing when it tests.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    let is_wanted =
        |names: &str| words.is_empty() || words.iter().any(|word| names.contains(word.as_str()));
    let rows: Result<Vec<_>, Error> = programs::LONG
        .iter()
        .chain(programs::OPERATORS)
        .filter(|(names, _)| is_wanted(names))
        .map(|(names, program)| row(names, program))
        .collect();
    let mut rows = rows?;
    rows.sort_by_key(|(without, ..)| std::cmp::Reverse(without.0));
    println!(
        "{:>10} {:>16} {:>10} {:>14}  functions",
        "longest", "slice", "median", "with collector"
    );
    let us = |time: Duration| time.as_secs_f64() * 1e6;
    for (Longest(longest, at, count, median), with, names) in rows {
        let (longest, median, with) = (us(longest), us(median), us(with.0));
        println!(
            "{longest:>7.1} µs {at:>7} of {count:>5} {median:>7.1} µs {with:>11.1} µs  {names}"
        );
    }
    Ok(())
}
