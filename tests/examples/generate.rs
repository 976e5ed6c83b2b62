//! Prints the random program of a seed: `generate SEED [STATEMENTS]`, or `generate calls SEED [CALLS]`.
//! With a folder and a number of programs after that, writes the programs of so many seeds there.
//! Must not run them.
#![forbid(unsafe_code)]

use bvm_tests::generate::{calls, program};
use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let of_calls = arguments.first().is_some_and(|word| word == "calls");
    if of_calls {
        arguments.remove(0);
    }
    let number = |i: usize, default: u64| {
        let given = arguments.get(i).and_then(|text| text.parse().ok());
        given.unwrap_or(default)
    };
    let size = u32::try_from(number(1, 60)).unwrap_or(60);
    let make = if of_calls { calls } else { program };
    let first = number(0, 1);
    let Some(folder) = arguments.get(2) else {
        print!("{}", make(first, size));
        return Ok(());
    };
    for seed in first..first.saturating_add(number(3, 1)) {
        let path = Path::new(folder).join(format!("{seed}.lua"));
        std::fs::write(path, make(seed, size))?;
    }
    Ok(())
}
