//! Measures Lua programs in this process: fuel, time and time for a unit. Programs take turns, so that
//! a slow spell of the machine hits all of them; times are medians. What they print is dropped.
//!
//! Without files it prints:
//! > usage: measure [-n RUNS] FILE ...

use bvm::{Answer, Error, Exit, Guest, Hypercall, Refuse, Request, Word};
use std::time::{Duration, Instant};

/// Enough for any program that one waits for.
const FUEL: u64 = 1 << 50;

/// Writing and the time are all that a program under measurement needs.
fn answer(request: &Request) -> Answer {
    match request.call {
        Hypercall::Write | Hypercall::Flush | Hypercall::SetVBuf => Answer::words([]),
        Hypercall::Clock => Answer::words([Word::Number(0.0)]),
        Hypercall::Time => Answer::words([Word::Int(0)]),
        _ => bvm::Host::answer(&mut Refuse, request),
    }
}

/// Runs a program in a guest of its own: its time without loading, and its fuel.
fn run(source: &[u8], name: &str) -> Result<(Duration, u64), Error> {
    let mut guest = Guest::builder().host(answer).build()?;
    let program = guest.load(source, name)?;
    guest.start(&program, &[])?;
    let began = Instant::now();
    match guest.run(FUEL) {
        Exit::Done(_) | Exit::Ended(0) => {}
        Exit::Error(error) => return Err(error.into()),
        _ => return Err(Error::OutOfFuel),
    }
    let took = began.elapsed();
    Ok((took, FUEL.saturating_add_signed(-guest.fuel_left())))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let mut runs = 5;
    if files.first().is_some_and(|word| word == "-n") {
        runs = files.get(1).map_or("", String::as_str).parse()?;
        files.drain(..2);
    }
    if files.is_empty() {
        println!("usage: measure [-n RUNS] FILE ...");
        return Ok(());
    }
    let mut times = vec![Vec::new(); files.len()];
    let mut fuel = vec![0; files.len()];
    for _ in 0..runs.max(1) {
        for (i, file) in files.iter().enumerate() {
            let source = std::fs::read(file)?;
            let (time, units) = run(&source, &format!("@{file}"))?;
            times[i].push(time);
            fuel[i] = units;
        }
    }
    for ((file, times), fuel) in files.iter().zip(&mut times).zip(fuel) {
        times.sort();
        let median = times[times.len() / 2];
        let unit = median.as_nanos() as f64 / fuel.max(1) as f64;
        println!("{fuel:>14} units {median:>12.3?} {unit:>7.3} ns/unit  {file}");
    }
    Ok(())
}
