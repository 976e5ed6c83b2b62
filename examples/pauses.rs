//! Measures how long a guest keeps its host waiting: runs programs in small slices of fuel and prints the
//! longest. What is long in a slice of a few microseconds' instructions is the collector, or one library call.
//!
//! Without files it prints:
//! > usage: pauses [-s FUEL] FILE ...

use bvm::{Answer, Error, Exit, Guest, Hypercall, Refuse, Request, Word};
use std::time::{Duration, Instant};

/// Units in a slice, when the command does not say.
const SLICE: u64 = 500;
/// How many of the longest slices are printed.
const LONGEST: usize = 8;

fn answer(request: &Request) -> Answer {
    match request.call {
        Hypercall::Write | Hypercall::Flush | Hypercall::SetVBuf => Answer::words([]),
        Hypercall::Clock => Answer::words([Word::Number(0.0)]),
        Hypercall::Time => Answer::words([Word::Int(0)]),
        _ => bvm::Host::answer(&mut Refuse, request),
    }
}

/// Runs a program in slices: the times of all, and the most memory it had.
fn run(source: &[u8], name: &str, slice: u64) -> Result<(Vec<Duration>, u64), Error> {
    let mut guest = Guest::builder().host(answer).build()?;
    let program = guest.load(source, name)?;
    guest.start(&program, &[])?;
    let mut times = vec![];
    let mut most = 0;
    loop {
        let began = Instant::now();
        let exit = guest.run(slice);
        times.push(began.elapsed());
        most = most.max(guest.memory_used());
        match exit {
            Exit::OutOfFuel => {}
            Exit::Done(_) | Exit::Ended(0) => return Ok((times, most)),
            Exit::Error(error) => return Err(error.into()),
            _ => return Err(Error::OutOfFuel),
        }
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files: Vec<String> = std::env::args().skip(1).collect();
    let mut slice = SLICE;
    if files.first().is_some_and(|word| word == "-s") {
        slice = files.get(1).map_or("", String::as_str).parse()?;
        files.drain(..2);
    }
    if files.is_empty() {
        println!("usage: pauses [-s FUEL] FILE ...");
    }
    for file in files {
        let source = std::fs::read(&file)?;
        let (mut times, most) = run(&source, &format!("@{file}"), slice)?;
        times.sort();
        let total: Duration = times.iter().sum();
        let longest: Vec<String> = times.iter().rev().take(LONGEST).map(ms).collect();
        println!(
            "{file}: {} in {} slices, at most {} MB; longest: {}",
            ms(&total),
            times.len(),
            most >> 20,
            longest.join(", ")
        );
    }
    Ok(())
}

fn ms(time: &Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
