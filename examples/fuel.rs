//! An endless loop that is stopped, refuelled and goes on; and a sum whose cost is the same in one
//! run and in thousands.
//!
//! Prints:
//! > after 1000 units: OutOfFuel, 250 turns, fuel left -2
//! > after 2000 units: OutOfFuel, 500 turns, fuel left -2
//! > all at once: 5050 for 407 units
//! > unit by unit: 5050 for 407 units

use bvm::{Error, Exit, Guest, Value};

fn main() -> Result<(), Error> {
    let mut guest = Guest::new()?;
    let spin = guest.load("turns = 0 while true do turns = turns + 1 end", "=spin")?;
    guest.start(&spin, &[])?;
    for given in [1_000, 2_000] {
        let exit = guest.run(1_000);
        let Value::Number(turns) = guest.global("turns")? else {
            continue;
        };
        let left = guest.fuel_left();
        println!("after {given} units: {exit:?}, {turns} turns, fuel left {left}");
    }
    // A guest that nobody wants any more is simply dropped; no `pcall` of it can object.
    drop(guest);

    for (how, slice) in [("all at once", 100_000), ("unit by unit", 1)] {
        let (sum, units) = sum_up(slice)?;
        println!("{how}: {sum} for {units} units");
    }
    Ok(())
}

/// Runs a sum in slices of fuel; gives it with the units that it took.
fn sum_up(slice: u64) -> Result<(f64, i64), Error> {
    let mut guest = Guest::new()?;
    let source = "local t = 0 for i = 1, 100 do t = t + (i - i % 1) end return t";
    let sum = guest.load(source, "=sum")?;
    guest.start(&sum, &[])?;
    let mut given = 0;
    loop {
        given += slice as i64;
        match guest.run(slice) {
            Exit::OutOfFuel => {}
            Exit::Done(values) => {
                let sum = match values.first() {
                    Some(Value::Number(n)) => *n,
                    _ => f64::NAN,
                };
                return Ok((sum, given - guest.fuel_left()));
            }
            Exit::Error(error) => return Err(error.into()),
            _ => return Err(Error::Waiting),
        }
    }
}
