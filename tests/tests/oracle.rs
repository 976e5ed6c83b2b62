//! Random programs in every engine mode, and in `lua5.1` when it is installed: the same output.
//! Must not hold a generator: that is `bvm_tests::generate`.
//!
//! `BVM_ORACLE_FROM`, `BVM_ORACLE_COUNT` and `BVM_ORACLE_SIZE` choose other programs for a long run,
//! `BVM_ORACLE_CALLS` how many calls of the library a program of calls has, `BVM_ORACLE_KEEP` names a
//! folder for programs that differ.

use bvm_isa::Dialect;
use bvm_tests::corpus::{difference, setting};
use bvm_tests::engine::{Limits, Mode, run};
use bvm_tests::generate::{calls, program};
use bvm_tests::reference;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Seeds of a usual run.
const COUNT: u64 = 60;
/// Statements of a program.
const SIZE: u64 = 60;

/// Programs of calls in a usual run.
const CALL_COUNT: u64 = 8;
/// Calls of such a program.
const CALLS: u64 = 150;

fn source(seed: u64) -> String {
    program(seed, setting("BVM_ORACLE_SIZE", SIZE) as u32)
}

fn source_of_calls(seed: u64) -> String {
    calls(seed, setting("BVM_ORACLE_CALLS", CALLS) as u32)
}

/// What the reference says when metamethods or coroutines are nested 200 deep; in bvm they can be
/// nested as deep as memory goes.
const NESTING: &str = "C stack overflow";

/// What the programs of a generator have in common.
struct Family {
    source: fn(u64) -> String,
    dialect: Dialect,
    /// The part of an output that must be the same everywhere.
    part: fn(&str) -> String,
    /// Whether runs have the same fuel: not when finalizers run, which come with collections.
    same_fuel: bool,
    /// Whether what follows a [`NESTING`] can still be compared.
    goes_on: bool,
}

impl Family {
    /// What is wrong with a program.
    fn complaint(&self, source: &str, compare: bool) -> Option<String> {
        let limits = Limits {
            dialect: self.dialect,
            ..Limits::default()
        };
        let attempt = |mode| {
            let work = || run(source.as_bytes(), "=stdin", mode, limits);
            catch_unwind(AssertUnwindSafe(work)).map_err(|_| format!("panic in mode {mode:?}"))
        };
        let whole = match attempt(Mode::Whole) {
            Ok(outcome) => outcome,
            Err(panic) => return Some(panic),
        };
        let ours = (self.part)(&whole.text());
        for mode in Mode::ALL.into_iter().skip(1) {
            let outcome = match attempt(mode) {
                Ok(outcome) => outcome,
                Err(panic) => return Some(panic),
            };
            if let Some(text) = difference(&ours, &(self.part)(&outcome.text())) {
                return Some(format!(
                    "mode {mode:?} differs from all fuel at once\n{text}"
                ));
            }
            if self.same_fuel && mode.has_same_fuel() && outcome.fuel != whole.fuel {
                let (fuel, expected) = (outcome.fuel, whole.fuel);
                return Some(format!("mode {mode:?}: fuel {fuel}, not {expected}"));
            }
        }
        if !compare {
            return None;
        }
        let theirs = (self.part)(&reference::run_source(source.as_bytes()));
        if !self.goes_on && theirs.contains(NESTING) {
            return None;
        }
        let text = difference(&without_limits(&theirs, &ours), &ours)?;
        Some(format!("lua5.1 (-) differs from bvm (+)\n{text}"))
    }

    /// Checks the programs of as many seeds as the environment says, else of `usual`.
    fn check(&self, usual: u64) {
        let (from, count) = (
            setting("BVM_ORACLE_FROM", 1),
            setting("BVM_ORACLE_COUNT", usual),
        );
        let compare = reference::is_installed();
        if !compare {
            eprintln!("lua5.1 is not installed: only the engine modes are compared");
        }
        let mut report = Vec::new();
        for seed in from..from + count {
            let source = (self.source)(seed);
            if let Some(text) = self.complaint(&source, compare) {
                if let Some(folder) = std::env::var_os("BVM_ORACLE_KEEP") {
                    let path = std::path::Path::new(&folder).join(format!("{seed}.lua"));
                    let _ = std::fs::write(path, source);
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
}

/// The lines of calls, which begin with a label. What a program prints between them has addresses.
fn labelled(text: &str) -> String {
    let is_labelled = |line: &&str| {
        line.split_once(':')
            .is_some_and(|(label, _)| label.bytes().all(|b| b.is_ascii_digit()))
    };
    let lines: Vec<&str> = text.lines().filter(is_labelled).collect();
    lines.join("\n")
}

/// The lines of the reference, without those in which it meets a limit that bvm has not: it
/// yields neither across metamethods nor across natives, and nests both less deep.
fn without_limits(theirs: &str, ours: &str) -> String {
    let limits = [NESTING, "metamethod/C-call boundary"];
    if !limits.iter().any(|text| theirs.contains(text)) {
        return theirs.to_owned();
    }
    let pairs = theirs.split('\n').zip(ours.split('\n'));
    let chosen = pairs.map(|(a, b)| {
        if limits.iter().any(|l| a.contains(l)) {
            b
        } else {
            a
        }
    });
    chosen.collect::<Vec<_>>().join("\n")
}

#[test]
fn random_programs_agree() {
    let family = Family {
        source,
        dialect: Dialect::default(),
        part: str::to_owned,
        same_fuel: true,
        goes_on: false,
    };
    family.check(COUNT);
}

#[test]
fn random_calls_agree() {
    let family = Family {
        source: source_of_calls,
        dialect: Dialect::Lua51,
        part: labelled,
        same_fuel: false,
        goes_on: true,
    };
    family.check(CALL_COUNT);
}

#[test]
fn a_program_is_a_function_of_its_seed() {
    assert_eq!(source(7), source(7));
    assert_ne!(source(7), source(8));
    assert_eq!(source_of_calls(7), source_of_calls(7));
    assert_ne!(source_of_calls(7), source_of_calls(8));
}
