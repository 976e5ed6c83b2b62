//! A bug that shows up once in a while: the run that had it is recorded, and run again as often as one likes,
//! without the world that it met.
//!
//! Prints:
//! > run 1: all 5 sensors read
//! > run 2: all 5 sensors read
//! > run 3: sensors:6: attempt to perform arithmetic on local 'value' (a nil value)
//! > the journal has 8 entries
//! > again: sensors:6: attempt to perform arithmetic on local 'value' (a nil value)
//! > again: sensors:6: attempt to perform arithmetic on local 'value' (a nil value)
//! > the same fuel: true, the same state: true
//! > repaired: replay diverges at entry 9: the guest asks for read_line(3), the journal ends

use bvm::{Answer, Error, Exit, Guest, Hypercall, Journal, Request, Word};

const PROGRAM: &str = "local sum = 0
    for i = 1, 5 do
        local sensor = io.open('/sensors/' .. i)
        local value = sensor:read('*n')
        -- Nobody has thought of a sensor that says nothing.
        sum = sum + value
    end
    return sum";

/// Sensors of which one fails in the third run.
fn sensors(run: u32) -> impl FnMut(&Request) -> Answer {
    let mut read = 0;
    move |request| match request.call {
        Hypercall::Open => Answer::words([Word::Int(3)]),
        Hypercall::ReadNumber => {
            read += 1;
            match (run, read) {
                (3, 4) => Answer::words([]),
                _ => Answer::words([Word::Number(f64::from(read * run))]),
            }
        }
        _ => Answer::error("Operation not permitted", 1),
    }
}

/// Runs a program: how it ended, what it took, and the state that it left.
fn run(guest: &mut Guest, program: &str) -> Result<(String, i64, Vec<u8>), Error> {
    let main = guest.load(program, "=sensors")?;
    guest.start(&main, &[])?;
    let end = match guest.run(10_000) {
        Exit::Done(_) => "all 5 sensors read".to_owned(),
        Exit::Error(error) => error.to_string(),
        Exit::Diverged(divergence) => divergence.to_string(),
        exit => format!("{exit:?}"),
    };
    Ok((end, guest.fuel_left(), guest.snapshot()?))
}

fn main() -> Result<(), Error> {
    let mut file = Vec::new();
    let mut first = None;
    for number in 1..=3 {
        let builder = Guest::builder().host(sensors(number));
        let mut guest = builder.record().build()?;
        let ended = run(&mut guest, PROGRAM)?;
        println!("run {number}: {}", ended.0);
        if let Some(journal) = guest.take_journal() {
            file = journal.to_bytes();
        }
        first = Some(ended);
    }
    // This is all that has to be kept, and it can be sent to whoever is to find the bug.
    let Ok(journal) = Journal::from_bytes(&file) else {
        return Err(Error::Waiting);
    };
    println!("the journal has {} entries", journal.len());
    let mut last = None;
    for _ in 0..2 {
        let mut guest = Guest::builder().replay(journal.clone()).build()?;
        let ended = run(&mut guest, PROGRAM)?;
        println!("again: {}", ended.0);
        last = Some(ended);
    }
    if let (Some((_, fuel, state)), Some((_, again, same))) = (first, last) {
        println!(
            "the same fuel: {}, the same state: {}",
            fuel == again,
            state == same
        );
    }
    // A program that does not stumble there goes on to where the journal has nothing to say.
    let repaired = PROGRAM.replace(
        "sum + value",
        "sum + (value or tonumber(sensor:read('*l')) or 0)",
    );
    let mut guest = Guest::builder().replay(journal).build()?;
    println!("repaired: {}", run(&mut guest, &repaired)?.0);
    Ok(())
}
