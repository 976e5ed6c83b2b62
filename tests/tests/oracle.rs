//! Random programs in every engine mode, and in `lua5.1` when it is installed: the same output.
//! Must not hold a generator: that is `bvm_tests::generate`.
//!
//! `BVM_ORACLE_FROM`, `BVM_ORACLE_COUNT` and `BVM_ORACLE_SIZE` choose other programs for a long run,
//! `BVM_ORACLE_KEEP` names a folder for those that differ.

use bvm_tests::corpus::{difference, setting};
use bvm_tests::engine::{Limits, Mode, run};
use bvm_tests::generate::program;
use bvm_tests::reference;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seeds of a usual run.
const COUNT: u64 = 60;
/// Statements of a program.
const SIZE: u64 = 60;

fn source(seed: u64) -> String {
    program(seed, setting("BVM_ORACLE_SIZE", SIZE) as u32)
}

/// What is wrong with the program of a seed.
fn complaint(seed: u64, compare: bool) -> Option<String> {
    let source = source(seed);
    let attempt = |mode| {
        let work = || run(source.as_bytes(), "=stdin", mode, Limits::default());
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| format!("panic in mode {mode:?}"))
    };
    let whole = match attempt(Mode::Whole) {
        Ok(outcome) => outcome,
        Err(panic) => return Some(panic),
    };
    for mode in Mode::ALL.into_iter().skip(1) {
        let outcome = match attempt(mode) {
            Ok(outcome) => outcome,
            Err(panic) => return Some(panic),
        };
        if let Some(text) = difference(&whole.text(), &outcome.text()) {
            return Some(format!(
                "mode {mode:?} differs from all fuel at once\n{text}"
            ));
        }
        if mode.has_same_fuel() && outcome.fuel != whole.fuel {
            return Some(format!(
                "mode {mode:?}: fuel {}, not {}",
                outcome.fuel, whole.fuel
            ));
        }
    }
    if !compare {
        return None;
    }
    let theirs = reference::run_source(source.as_bytes());
    if theirs.contains("C stack overflow") {
        // The reference nests metamethods and coroutines 200 deep at most; bvm as deep as memory goes.
        return None;
    }
    let text = difference(&theirs, &whole.text())?;
    Some(format!("lua5.1 (-) differs from bvm (+)\n{text}"))
}

#[test]
fn random_programs_agree() {
    let (from, count) = (
        setting("BVM_ORACLE_FROM", 1),
        setting("BVM_ORACLE_COUNT", COUNT),
    );
    let compare = reference::is_installed();
    if !compare {
        eprintln!("lua5.1 is not installed: only the engine modes are compared");
    }
    let mut report = Vec::new();
    for seed in from..from + count {
        if let Some(text) = complaint(seed, compare) {
            if let Some(folder) = std::env::var_os("BVM_ORACLE_KEEP") {
                let path = std::path::Path::new(&folder).join(format!("{seed}.lua"));
                let _ = std::fs::write(path, source(seed));
            }
            report.push(format!("seed {seed}: {text}"));
        }
    }
    assert!(
        report.is_empty(),
        "{} of {count} programs:\n{}",
        report.len(),
        report.join("\n")
    );
}

#[test]
fn a_program_is_a_function_of_its_seed() {
    assert_eq!(source(7), source(7));
    assert_ne!(source(7), source(8));
}
