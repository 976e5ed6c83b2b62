//! Runs that are cut anywhere: each must end as the run that is not cut. Must not know which programs there are.

use crate::corpus::difference;
use crate::engine::{Cuts, Limits, Mode, Outcome, compile_as, note, noted, run_with};
use bvm_isa::Dialect;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A program to be cut.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// What messages call it.
    pub name: &'a str,
    /// Its chunk name.
    pub chunk: &'a str,
    /// Its text.
    pub source: &'a [u8],
    /// Its argument, in `...` and, if there is one, in `arg`.
    pub arg: Option<f64>,
    /// Its language.
    pub dialect: Dialect,
    /// Whether its fuel depends on how far the collector had come.
    pub pays_for_collections: bool,
}

impl Program<'_> {
    fn run(&self, mode: Mode, cuts: Cuts) -> Result<Outcome, String> {
        let mut source = self.source.to_vec();
        if self.arg.is_some() {
            source.splice(..0, *b"arg = { ... } ");
        }
        let verified = compile_as(&source, self.chunk, self.dialect)
            .map_err(|error| String::from_utf8_lossy(&error.message).into_owned())?;
        let limits = Limits {
            dialect: self.dialect,
            saves: true,
            cuts,
            ..Limits::default()
        };
        note(format!("{} in mode {mode:?} with {cuts:?}", self.name));
        let work = || run_with(verified, self.arg, mode, limits);
        catch_unwind(AssertUnwindSafe(work))
            .map_err(|_| format!("{}: the machine panicked", noted()))
    }
}

/// Runs a program as it is, then cut at random places: gone on with as it is, saved and restored, and in forks.
/// Gives the fuel of a run. Programs that take more than `most` are not cut.
///
/// # Errors
/// What differs: the output, the end, the fuel, or the state at the end. That the source is no Lua.
pub fn compare(
    program: &Program<'_>,
    most: u64,
    seeds: std::ops::Range<u64>,
) -> Result<u64, String> {
    let whole = program.run(Mode::Whole, Cuts::Growing)?;
    if whole.fuel > most {
        return Ok(whole.fuel);
    }
    for seed in seeds {
        let cuts = Cuts::Random {
            fuel: whole.fuel,
            seed,
        };
        for mode in [Mode::Cut, Mode::Saved, Mode::Forked] {
            let got = program.run(mode, cuts)?;
            let complain = |what: String| Err(format!("{}\n{what}", noted()));
            if let Some(text) = difference(&whole.text(), &got.text()) {
                return complain(text);
            }
            if whole.fuel != got.fuel && !program.pays_for_collections {
                return complain(format!("  fuel {} instead of {}", got.fuel, whole.fuel));
            }
            if whole.image != got.image && !program.pays_for_collections {
                return complain(image_difference(&whole.image, &got.image));
            }
        }
    }
    Ok(whole.fuel)
}

/// That two snapshots differ, and where first.
pub fn image_difference(whole: &[u8], got: &[u8]) -> String {
    let at = whole.iter().zip(got).skip(24).position(|(a, b)| a != b);
    let (a, b) = (whole.len(), got.len());
    format!("  another state at the end: {a} bytes and {b}, first difference at {at:?}")
}
