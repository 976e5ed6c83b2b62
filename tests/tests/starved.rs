//! Each allocation of the corpus fails, one at a time: whatever a program makes of that, its guest must stay well
//! formed and of use. `BVM_STARVED_ALL=1` tries every allocation, otherwise fewer the later they come.

use bvm_tests::corpus::{Case, cases};
use bvm_tests::engine::{Limits, Mode, compile_as, run, run_starved};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Programs that take more fuel are left out: they allocate the same things very often.
const MOST_FUEL: u64 = 200_000;

/// Lets the allocations of a program fail, one in each run; tells how many there were.
fn starve(case: &Case, all: bool) -> Result<u32, String> {
    let limits = Limits {
        dialect: case.dialect(),
        fuel: 4 * MOST_FUEL,
        ..Limits::default()
    };
    let (mut count, mut runs) = (1, 0);
    loop {
        let Ok(verified) = compile_as(&case.source, &case.chunk_name(), limits.dialect) else {
            return Ok(runs);
        };
        let work = AssertUnwindSafe(|| run_starved(verified, count, limits));
        let failed = catch_unwind(work)
            .map_err(|_| "the machine panicked".to_owned())
            .flatten();
        match failed {
            Ok(true) => runs += 1,
            Ok(false) => return Ok(runs),
            Err(what) => return Err(format!("{}, allocation {count}: {what}", case.name)),
        }
        count += if all { 1 } else { 1 + count / 4 };
    }
}

#[test]
fn every_allocation_may_fail() {
    let all = std::env::var_os("BVM_STARVED_ALL").is_some();
    let mut runs = 0;
    let mut report = Vec::new();
    for case in cases() {
        let limits = Limits {
            dialect: case.dialect(),
            fuel: MOST_FUEL,
            ..Limits::default()
        };
        if run(&case.source, &case.chunk_name(), Mode::Whole, limits).fuel >= MOST_FUEL {
            continue;
        }
        match starve(&case, all) {
            Ok(count) => runs += count,
            Err(what) => report.push(what),
        }
    }
    assert!(report.is_empty(), "{}", report.join("\n"));
    assert!(runs > 5_000, "only {runs} allocations failed");
}
