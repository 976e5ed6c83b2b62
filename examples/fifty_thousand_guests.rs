//! Fifty thousand guests with the whole library, alive at once in one process, each waiting for a message. All
//! are copies of one that was started by hand. What they take of memory and time goes to standard error.
//!
//! > 50000 guests wait
//! > all have answered: their numbers make 1250025000
//! > each has taken less than 48 KiB

use bvm::{Id, Plan, Refusal, State, Supervisor, Value, Wait};
use std::time::{Duration, Instant};

const COUNT: u32 = 50_000;

/// What all guests do: send what they get to the guest that the first message names.
const ECHO: &str = "while true do task.send(task.receive(), task.receive()) end";

/// The guest that adds up what it gets.
const SUM: &str = "local sum = 0 for i = 1, ... do sum = sum + task.receive() end return sum";

/// KiB of this process that it has for itself, page tables included.
fn private() -> f64 {
    let field = |file: &str, name: &str| -> Option<f64> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace().nth(1)?.parse().ok()
    };
    let pages = field("/proc/self/smaps_rollup", "Private_Dirty:").unwrap_or_default();
    pages + field("/proc/self/status", "VmPTE:").unwrap_or_default()
}

/// Waits until all of some guests wait for a message.
fn settle(supervisor: &Supervisor, guests: &[Id]) -> Result<(), Refusal> {
    for &id in guests {
        while supervisor.info(id)?.state != State::Waiting(Wait::Receive) {
            std::thread::sleep(Duration::from_micros(100));
        }
    }
    Ok(())
}

fn main() -> Result<(), Refusal> {
    let supervisor = Supervisor::builder().build();
    // Guests of at most 8 MiB of address space take one mapping of the system each, of which there are 65,530.
    let first = supervisor.create(Plan::source(ECHO, "=echo").guest(|guest| guest.span(22)))?;
    supervisor.start(first)?;
    settle(&supervisor, &[first])?;
    let plan = Plan::image(supervisor.image(first)?);

    let (before, began) = (private(), Instant::now());
    let mut guests = Vec::new();
    for _ in 0..COUNT {
        let id = supervisor.create(plan.clone())?;
        supervisor.start(id)?;
        guests.push(id);
    }
    settle(&supervisor, &guests)?;
    let waiting = guests.iter().filter(|&&id| {
        let info = supervisor.info(id);
        info.is_ok_and(|info| info.state == State::Waiting(Wait::Receive))
    });
    println!("{} guests wait", waiting.count());
    let (idle, making) = (
        (private() - before) / f64::from(COUNT),
        began.elapsed() / COUNT,
    );

    let began = Instant::now();
    let sum = Plan::source(SUM, "=sum")
        .args([Value::from(COUNT)])
        .inbox(16 << 20);
    let sum = supervisor.create(sum)?;
    supervisor.start(sum)?;
    for (&id, n) in guests.iter().zip(1..=COUNT) {
        supervisor.send(id, &Value::Number(sum.number() as f64))?;
        supervisor.send(id, &Value::from(n))?;
    }
    supervisor.wait(sum)?;
    if let Some(bvm::Outcome::Done(values)) = supervisor.info(sum)?.outcome
        && let [Value::Number(sum)] = values.as_slice()
    {
        println!("all have answered: their numbers make {sum}");
    }
    let (used, answering) = (
        (private() - before) / f64::from(COUNT),
        began.elapsed() / COUNT,
    );
    if used < 48.0 {
        println!("each has taken less than 48 KiB");
    }

    let began = Instant::now();
    drop(supervisor);
    let dropping = began.elapsed() / COUNT;
    eprintln!("{idle:.1} KiB a guest that waits, {used:.1} KiB one that has answered");
    eprintln!("{making:?} to make one, {answering:?} for its answer, {dropping:?} to drop it");
    Ok(())
}
