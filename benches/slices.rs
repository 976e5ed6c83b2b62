//! How long a guest goes on beyond a slice of fuel: for each program that makes a function of the library work long,
//! the longest of its slices and what a slice takes in the middle. `cargo bench -p bvm --bench slices`.

use bvm::{Capture, Error, Exit, Guest};
use std::time::{Duration, Instant};

#[path = "../tests/meter/programs.rs"]
mod programs;

/// Fuel of a slice.
const SLICE: u64 = 1_000;
/// How often a program is run. Its slices are the same each time, and of each the shortest time counts, because the
/// system interrupts.
const RUNS: usize = 9;

/// The time of each slice of a run.
fn slices(source: &str) -> Result<Vec<Duration>, Error> {
    let (host, _) = Capture::new(1 << 26);
    let mut guest = Guest::builder().host(host).build()?;
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

/// One program: its longest slice, which one that is of how many, a slice in the middle, and what it is for.
struct Row(Duration, usize, usize, Duration, &'static str);

fn row(names: &'static str, program: &str) -> Result<Row, Error> {
    let program = program.replace('N', "20000");
    // What a run hands out is copied for the host, which is not the guest's work.
    let source = format!(
        "local function work() {program} end
        local result = work() return type(result) == 'string' and #result or result"
    );
    let mut times = slices(&source)?;
    for _ in 1..RUNS {
        let more = slices(&source)?;
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
    Ok(Row(longest, at + 1, count, median, names))
}

fn main() -> Result<(), Error> {
    // Cargo asks benchmarks to do nothing when it tests.
    if std::env::args().any(|arg| arg == "--test") {
        return Ok(());
    }
    let rows: Result<Vec<Row>, Error> = programs::LONG
        .iter()
        .map(|(names, program)| row(names, program))
        .collect();
    let mut rows = rows?;
    rows.sort_by_key(|row| std::cmp::Reverse(row.0));
    println!(
        "{:>10} {:>16} {:>10}  functions",
        "longest", "slice", "median"
    );
    for Row(longest, at, count, median, names) in rows {
        let (longest, median) = (longest.as_secs_f64() * 1e6, median.as_secs_f64() * 1e6);
        println!("{longest:>7.1} µs {at:>7} of {count:>5} {median:>7.1} µs  {names}");
    }
    Ok(())
}
