//! Each allocation of the corpus fails, one at a time: whatever a program makes of that, its guest must stay well
//! formed and of use. Without more words the first are tried, and then fewer the later they come. `BVM_STARVED_ALL=1` tries every
//! allocation of small programs and some thousand ones of each other program, and tells on standard error how far it
//! has come; `BVM_STARVED_ALL=N` takes N for that thousand.

use bvm_tests::corpus::{Case, cases, setting};
use bvm_tests::engine::{Limits, Mode, compile_as, run, run_starved};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Programs that take more fuel are left out: they allocate the same things very often.
const MOST_FUEL: u64 = 200_000;

/// How many allocations of each program are tried one after the other.
const FIRST: u32 = 32;
/// The same when all are asked for, and how many of the later ones then, spread over the rest.
const ALL: u64 = 1000;

/// Which allocations of a program fail.
#[derive(Debug, Clone, Copy)]
enum Choice {
    /// The first, and then fewer the later they come.
    Few,
    /// So many from the first one on, and as many of the others.
    Many(u32),
}

impl Choice {
    /// The one after `count`, of a program that makes `total`.
    fn after(self, count: u32, total: u32) -> u32 {
        match self {
            Choice::Few if count < FIRST => count + 1,
            Choice::Few => count + count / 4,
            Choice::Many(most) if count < most => count + 1,
            // Odd steps meet other places of a loop each time.
            Choice::Many(most) => count + ((total.saturating_sub(most) / most) | 1),
        }
    }
}

/// Lets the allocation number `count` of a program fail; tells how many there are, if there are fewer.
fn fail(case: &Case, count: u32, limits: Limits) -> Result<Option<u32>, String> {
    let Ok(verified) = compile_as(&case.source, &case.chunk_name(), limits.dialect) else {
        return Ok(Some(0));
    };
    let work = AssertUnwindSafe(|| run_starved(verified, count, limits));
    let left = catch_unwind(work)
        .map_err(|_| "the machine panicked".to_owned())
        .flatten()
        .map_err(|what| format!("{}, allocation {count}: {what}", case.name))?;
    Ok((left > 0).then_some(count - left))
}

/// Lets the allocations of a program fail, one in each run; tells in how many runs.
fn starve(case: &Case, choice: Choice) -> Result<u32, String> {
    let limits = Limits {
        dialect: case.dialect(),
        fuel: 4 * MOST_FUEL,
        ..Limits::default()
    };
    let total = fail(case, u32::MAX, limits)?.unwrap_or(u32::MAX);
    let (mut count, mut runs) = (1, 0);
    while count <= total && fail(case, count, limits)?.is_none() {
        runs += 1;
        count = choice.after(count, total);
    }
    Ok(runs)
}

#[test]
fn every_allocation_may_fail() {
    let choice = match setting("BVM_STARVED_ALL", 0) {
        0 => Choice::Few,
        1 => Choice::Many(ALL as u32),
        most => Choice::Many(u32::try_from(most).unwrap_or(u32::MAX)),
    };
    let (mut runs, began) = (0, Instant::now());
    let mut report = Vec::new();
    let cases = cases();
    for (number, case) in cases.iter().enumerate() {
        let limits = Limits {
            dialect: case.dialect(),
            fuel: MOST_FUEL,
            ..Limits::default()
        };
        if run(&case.source, &case.chunk_name(), Mode::Whole, limits).fuel >= MOST_FUEL {
            continue;
        }
        match starve(case, choice) {
            Ok(count) => runs += count,
            Err(what) => {
                eprintln!("{what}");
                report.push(what);
            }
        }
        if matches!(choice, Choice::Many(_)) && number % 20 == 0 {
            let seconds = began.elapsed().as_secs();
            eprintln!(
                "{number} of {} programs, {runs} runs, {seconds} s",
                cases.len()
            );
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
    assert!(runs > 5_000, "only {runs} allocations failed");
}
