//! The corpus in every engine mode: the same output as each file says, and the same fuel in all modes
//! that do not change what the collector does. Must not hold Lua: that is data, under `lua/`.

use bvm_tests::corpus::{Case, cases, difference, folder, pays_for_collections};
use bvm_tests::cuts::image_difference;
use bvm_tests::engine::{Limits, Mode, Outcome, note, noted, run};
use bvm_tests::reference;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Files that fail today: name, modes, reason. The list is exact: one that passes fails the run.
const KNOWN: &[(&str, &[Mode], &str)] = &[];

/// Files that say something else in a mode, and rightly: name, mode, reason.
const EXEMPT: &[(&str, Mode, &str)] = &[
    (
        "gc/error_in_a_finalizer.lua",
        Mode::Stress,
        "finalizers run when the collector does",
    ),
    (
        "gc/error_in_a_finalizer.lua",
        Mode::Steps,
        "finalizers run when the collector does",
    ),
    (
        "gc/finalizers_after_an_error_wait.lua",
        Mode::Stress,
        "finalizers run when the collector does",
    ),
    (
        "gc/finalizers_after_an_error_wait.lua",
        Mode::Steps,
        "finalizers run when the collector does",
    ),
    (
        "gc/finalizers_run_in_reverse_order.lua",
        Mode::Stress,
        "each is collected alone",
    ),
    (
        "gc/finalizers_run_in_reverse_order.lua",
        Mode::Steps,
        "each is collected alone",
    ),
    (
        "limits/stack_overflow_in_metamethods.lua",
        Mode::Masked,
        "64 MiB are less than it fills",
    ),
];

fn outcome(case: &Case, mode: Mode) -> Result<Outcome, String> {
    note(format!("{} in mode {mode:?}", case.name));
    let limits = Limits {
        dialect: case.dialect(),
        saves: mode.has_same_image() || mode == Mode::Whole,
        ..Limits::default()
    };
    let work = || run(&case.source, &case.chunk_name(), mode, limits);
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| "  the machine panicked".to_owned())
}

/// Whether a program sees collections, which cost more, and come sooner, where libraries have additions.
fn collects(case: &Case) -> bool {
    let text = String::from_utf8_lossy(&case.source);
    text.contains("collectgarbage") || text.contains("__gc")
}

/// What is wrong with a case in a mode.
fn complaint(case: &Case, mode: Mode) -> Option<String> {
    let got = match outcome(case, mode) {
        Ok(got) => got,
        Err(panic) => return Some(panic),
    };
    if let Some(text) = case.difference(&got) {
        return Some(text);
    }
    let pays = pays_for_collections(case);
    if mode == Mode::Whole
        || !mode.has_same_fuel()
        || pays
        || mode == Mode::Letter && collects(case)
    {
        return None;
    }
    let like = match mode {
        Mode::Saved | Mode::Forked => Mode::Cut,
        _ => Mode::Whole,
    };
    let whole = outcome(case, like).ok()?;
    if whole.fuel != got.fuel {
        let text = format!("  fuel {} where all at once takes {}", got.fuel, whole.fuel);
        return Some(text);
    }
    let is_same = !mode.has_same_image() || whole.image == got.image;
    (!is_same).then(|| image_difference(&whole.image, &got.image))
}

fn check(mode: Mode) {
    let mut report = Vec::new();
    let slow = std::env::var_os("BVM_TESTS_TIMES").is_some();
    for case in cases() {
        let exempt = EXEMPT
            .iter()
            .any(|(name, exempt, _)| *name == case.name && *exempt == mode);
        if exempt || mode == Mode::Letter && case.has_additions() {
            continue;
        }
        let began = std::time::Instant::now();
        let known = KNOWN
            .iter()
            .find(|(name, modes, _)| *name == case.name && modes.contains(&mode));
        match (complaint(&case, mode), known) {
            (Some(text), None) => report.push(format!("{} in mode {mode:?}\n{text}", case.name)),
            (None, Some(_)) => report.push(format!(
                "{} in mode {mode:?}\n  passes but is listed as failing: remove it from KNOWN",
                case.name
            )),
            _ => {}
        }
        let took = began.elapsed();
        if slow && took.as_millis() > 100 {
            eprintln!("{mode:?} {} {took:?}", case.name);
        }
    }
    assert!(
        report.is_empty(),
        "{} files fail:\n{}",
        report.len(),
        report.join("\n")
    );
}

#[test]
fn whole_fuel() {
    check(Mode::Whole);
}

#[test]
fn fuel_in_slices() {
    check(Mode::Sliced);
}

#[test]
fn collection_at_every_safepoint() {
    check(Mode::Stress);
}

#[test]
fn a_step_of_a_cycle_at_every_safepoint() {
    check(Mode::Steps);
}

#[test]
fn cold_code_only() {
    check(Mode::Cold);
}

#[test]
fn small_masked_region() {
    check(Mode::Masked);
}

#[test]
fn lua51_to_the_letter() {
    check(Mode::Letter);
}

#[test]
fn saved_and_restored() {
    check(Mode::Saved);
}

#[test]
fn cut_into_slices() {
    check(Mode::Cut);
}

#[test]
fn gone_on_with_in_forks() {
    check(Mode::Forked);
}

#[test]
fn reference_agrees_when_installed() {
    if !reference::is_installed() {
        eprintln!("lua5.1 is not installed: the corpus is not compared with it");
        return;
    }
    let mut report = Vec::new();
    for case in cases().iter().filter(|case| !case.has_additions()) {
        let got = reference::run_file(&folder().join(&case.name));
        if let Some(text) = difference(&case.expected(), &got) {
            report.push(format!("{}\n{text}", case.name));
        }
    }
    assert!(
        report.is_empty(),
        "lua5.1 differs in {} files:\n{}",
        report.len(),
        report.join("\n")
    );
}

#[test]
fn known_failures_name_files_that_exist() {
    let cases = cases();
    for (name, ..) in KNOWN {
        assert!(
            cases.iter().any(|case| case.name == *name),
            "{name} in KNOWN is no file"
        );
    }
    assert!(noted().is_empty());
}
