//! A guest that never ends among others that have work to do. They get their shares; it is stopped when somebody
//! says so. The first part counts in fuel, so that it is the same everywhere; how long a stop takes goes to
//! standard error.
//!
//! > 10 workers alone are done after 1.0 of their work
//! > with a spinner among them after 1.1
//! > with a spinner of a tenth of the weight after 1.01
//! > the spinner is killed, the others are halted

use bvm::{Id, Limits, Plan, Refusal, State, Supervisor};
use std::time::{Duration, Instant};

const SPIN: &str = "while true do end";
const WORK: &str = "for i = 1, 2e6 do end";

fn start(supervisor: &Supervisor, source: &str, weight: u32) -> Result<Id, Refusal> {
    let limits = Limits {
        weight,
        ..Limits::default()
    };
    let id = supervisor.create(Plan::source(source, "=guest").limits(limits))?;
    supervisor.start(id)?;
    Ok(id)
}

/// When ten workers are done, as a multiple of their work: time is fuel here.
fn done_after(spinner: Option<u32>) -> Result<f64, Refusal> {
    let supervisor = Supervisor::builder().threads(0).virtual_time().build();
    if let Some(weight) = spinner {
        start(&supervisor, SPIN, weight)?;
    }
    let mut workers = Vec::new();
    for _ in 0..10 {
        workers.push(start(&supervisor, WORK, 100)?);
    }
    let halted = |id: &Id| {
        let info = supervisor.info(*id);
        info.is_ok_and(|info| info.state == State::Halted)
    };
    while !workers.iter().all(halted) {
        supervisor.step();
    }
    let fuel = |id: &Id| supervisor.info(*id).map_or(0, |info| info.counters.fuel);
    let work: u64 = workers.iter().map(fuel).sum();
    Ok(supervisor.now().as_nanos() as f64 / work as f64)
}

fn main() -> Result<(), Refusal> {
    println!(
        "10 workers alone are done after {:.1} of their work",
        done_after(None)?
    );
    println!(
        "with a spinner among them after {:.1}",
        done_after(Some(100))?
    );
    println!(
        "with a spinner of a tenth of the weight after {:.2}",
        done_after(Some(10))?
    );

    let supervisor = Supervisor::builder().build();
    let spinner = start(&supervisor, SPIN, 100)?;
    let mut workers = Vec::new();
    for _ in 0..10 {
        workers.push(start(&supervisor, WORK, 100)?);
    }
    std::thread::sleep(Duration::from_millis(5));
    let began = Instant::now();
    supervisor.kill(spinner)?;
    let took = began.elapsed();
    for &worker in &workers {
        supervisor.wait(worker)?;
    }
    let state = |id: Id| supervisor.info(id).map_or(State::Gone, |info| info.state);
    let all_halted = workers.iter().all(|&id| state(id) == State::Halted);
    if all_halted {
        println!(
            "the spinner is {}, the others are {}",
            state(spinner),
            State::Halted
        );
    }
    eprintln!("killed within {took:?}");
    Ok(())
}
