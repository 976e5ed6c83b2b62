//! Runs a Lua file in every engine mode and shows what each did: for finding where two differ.
//! Must not judge: the tests do.
#![forbid(unsafe_code)]

use bvm_tests::engine::{Limits, Mode, run};

fn main() {
    for path in std::env::args().skip(1) {
        let source = match std::fs::read(&path) {
            Ok(source) => source,
            Err(error) => {
                eprintln!("{path}: {error}");
                continue;
            }
        };
        for mode in Mode::ALL {
            let outcome = run(&source, "=stdin", mode, Limits::default());
            println!(
                "{path} {mode:?} fuel {} memory {}",
                outcome.fuel, outcome.memory
            );
            print!("{}", outcome.text());
        }
    }
}
