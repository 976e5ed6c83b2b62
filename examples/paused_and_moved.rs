//! A program that is stopped in the middle of a callback, saved to a file, and goes on in another process,
//! which here is this one with another argument: output and fuel are those of a run in one piece.
//!
//! Prints:
//! > here: counts 3 words
//! > here: stopped in the middle, saved
//! > there: counts 7 words
//! > there: (the) (quick) (brown) (fox) (jumps) (over) (it)
//! > there: fuel as in one piece: true

use bvm::{Capture, Error, Exit, Guest, Output, Value};
use std::process::Command;

/// Works on each word for a while, in a callback of `gsub`, in a coroutine.
const PROGRAM: &str = "words = 0
    local worker = coroutine.wrap(function(text)
        return (text:gsub('%a+', function(word)
            for i = 1, 1000 do end
            words = words + 1
            return '(' .. word .. ')'
        end))
    end)
    print(worker('the quick brown fox jumps over it'))";

/// More than the program takes.
const ENOUGH: u64 = 1_000_000;
/// What it has had when it is stopped.
const FIRST: u64 = 3_500;

fn builder() -> (bvm::Builder, Output) {
    let (host, output) = Capture::new(1 << 10);
    (Guest::builder().host(host).keep_seed(true), output)
}

fn begin(builder: bvm::Builder) -> Result<Guest, Error> {
    let mut guest = builder.build()?;
    let main = guest.load(PROGRAM, "=words")?;
    guest.start(&main, &[])?;
    Ok(guest)
}

fn count(place: &str, guest: &mut Guest) -> Result<(), Error> {
    let Value::Number(words) = guest.global("words")? else {
        return Ok(());
    };
    println!("{place}: counts {words} words");
    Ok(())
}

/// What this process does: it runs the program a while, and hands it over.
fn here() -> Result<Vec<u8>, Error> {
    let mut guest = begin(builder().0)?;
    assert_eq!(guest.run(FIRST), Exit::OutOfFuel);
    count("here", &mut guest)?;
    println!("here: stopped in the middle, saved");
    guest.snapshot()
}

/// What the other process does.
fn there(saved: &[u8]) -> Result<(), Error> {
    let (other, output) = builder();
    let mut guest = other.restore(saved)?;
    let done = guest.run(ENOUGH);
    assert_eq!(done, Exit::Done(vec![]));
    count("there", &mut guest)?;
    print!("there: {}", String::from_utf8_lossy(&output.take()));
    // What it had too much of before, it has paid here.
    let used = FIRST as i64 + ENOUGH as i64 - guest.fuel_left();
    let mut whole = begin(builder().0)?;
    whole.run(ENOUGH);
    let same = used == ENOUGH as i64 - whole.fuel_left();
    println!("there: fuel as in one piece: {same}");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if let Some(path) = std::env::args_os().nth(1) {
        return Ok(there(&std::fs::read(path)?)?);
    }
    let file = std::env::temp_dir().join(format!("bvm-moved-{}", std::process::id()));
    std::fs::write(&file, here()?)?;
    let moved = Command::new(std::env::current_exe()?).arg(&file).status();
    std::fs::remove_file(&file)?;
    match moved?.success() {
        true => Ok(()),
        false => Err("the other process failed".into()),
    }
}
