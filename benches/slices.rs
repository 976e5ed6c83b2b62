//! How long a guest goes on beyond a slice of fuel: for each program that makes a function of the library work long,
//! the longest of its slices and what a slice takes in the middle. `cargo bench -p bvm --bench slices`.

use bvm::{Capture, Error, Exit, Guest};
use std::time::{Duration, Instant};

#[path = "../tests/meter/programs.rs"]
mod programs;

/// Fuel of a slice.
const SLICE: u64 = 1_000;
/// How often a program is run; of its longest slices the shortest one counts, because the system interrupts.
const RUNS: usize = 7;

/// The slices of a run, shortest first.
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
            times.sort_unstable();
            return Ok(times);
        }
    }
}

fn main() -> Result<(), Error> {
    println!(
        "{:>10} {:>10} {:>8}  functions",
        "longest", "median", "slices"
    );
    for (names, program) in programs::LONG {
        let source = program.replace('N', "20000");
        let runs = (0..RUNS).map(|_| slices(&source));
        let runs: Vec<Vec<Duration>> = runs.collect::<Result<_, _>>()?;
        let longest = runs.iter().filter_map(|times| times.last()).min();
        let median = runs
            .iter()
            .filter_map(|times| times.get(times.len() / 2))
            .min();
        let (longest, median) = (
            longest.copied().unwrap_or_default(),
            median.copied().unwrap_or_default(),
        );
        let count = runs.first().map_or(0, Vec::len);
        let (longest, median) = (longest.as_secs_f64() * 1e6, median.as_secs_f64() * 1e6);
        println!("{longest:>7.1} µs {median:>7.1} µs {count:>8}  {names}");
    }
    Ok(())
}
