//! One cycle, from the roots to free blocks, in steps of as much work as is asked for. Must not know when
//! it is due.
//!
//! ```text
//!   prepare, step by step -> start -> MARK: drain the gray list, step by step -> finish_marking -> SWEEP: buckets of the
//!   string table, step by step -> end: lines and blocks become free -> IDLE
//! ```
//!
//! How marking and cycles end, for which the program may have to stand, is in `stage`.

use super::mark::{self, Tally};
use super::stage::{self, Stage};
use super::{alloc, phase, roots, side_tables, sweep};
use crate::data::growth;
use crate::host::Mem;
use crate::objects::root::{self, AT};

/// Bytes of stack that may be scanned once more when marking ends.
const MOST_AGAIN: u32 = 256 * 1024;
/// How often marking goes on because there are more.
const MOST_ROUNDS: u32 = 16;

/// Bytes of marks that are cleared at a time: those of 1 MiB.
const CLEARED: u32 = 8 * 1024;
/// Bytes given out for which as many more are cleared. Otherwise a heap might grow as fast as its marks are cleared.
const LATE: u64 = 64 * 1024;

/// The marks that are still there of the last cycle, as offset and length, when none runs.
fn old_marks(mem: &Mem<'_>) -> (u32, u32) {
    let [_, _, (marks, size)] = side_tables(mem);
    let done = match mem.get(AT, root::PHASE) {
        phase::IDLE => mem.get(AT, root::PARTIAL_AT).min(size),
        _ => 0,
    };
    (marks + done, size - done)
}

/// Clears some marks before a cycle begins, for which it is so many bytes late; tells whether few are left.
pub fn prepare(mem: &mut Mem<'_>, late: u64) -> bool {
    let (marks, size) = old_marks(mem);
    let portions = u32::try_from(1 + late / LATE).unwrap_or(u32::MAX);
    let cleared = CLEARED.saturating_mul(portions);
    if size <= cleared {
        return true;
    }
    mem.bytes_mut(marks, cleared).fill(0);
    let done = mem.get(AT, root::PARTIAL_AT) + cleared;
    mem.set(AT, root::PARTIAL_AT, done);
    false
}

/// Begins a cycle at a safepoint: everything reachable is known to the root page.
pub fn start(mem: &mut Mem<'_>) {
    // What nothing refers to yet is as good as garbage, and made again.
    growth::drop_parts(mem);
    // The rest of the holes would have objects that are marked beside others.
    alloc::retire_holes(mem);
    let (marks, size) = old_marks(mem);
    mem.bytes_mut(marks, size).fill(0);
    let given = mem.get(AT, root::GIVEN);
    mem.set(AT, root::CYCLE_GIVEN, given);
    let cycle = mem.get(AT, root::CYCLE).wrapping_add(1).max(1);
    mem.set(AT, root::CYCLE, cycle);
    for list in [
        root::GRAY,
        root::WEAK,
        root::AGAIN,
        root::AGAIN_BYTES,
        root::AGAIN_ROUNDS,
        root::OPENED,
        root::PARTIAL,
        root::SWEEP_AT,
        root::SWEEP_END,
    ] {
        mem.set(AT, list, 0);
    }
    mem.set(AT, root::PHASE, phase::MARK);
    let mut tally = Tally { bytes: 0, work: 0 };
    roots::mark(mem, &mut tally);
    tally.save(mem);
}

/// Does about `limit` units of work of the running cycle; tells how many it was.
pub fn step(mem: &mut Mem<'_>, limit: u64) -> u64 {
    match mem.get(AT, root::PHASE) {
        phase::MARK => mark_on(mem, limit),
        phase::SWEEP => match sweep::strings(mem, limit) {
            (work, false) => work,
            (work, true) => {
                stage::flip(mem);
                work
            }
        },
        _ => 0,
    }
}

fn mark_on(mem: &mut Mem<'_>, limit: u64) -> u64 {
    let mut tally = Tally::resume(mem);
    let before = tally.work;
    mark::drain(mem, &mut tally, before.saturating_add(limit));
    if mark::is_done(mem) {
        let rounds = mem.get(AT, root::AGAIN_ROUNDS);
        if mem.get(AT, root::AGAIN_BYTES) > MOST_AGAIN && rounds < MOST_ROUNDS {
            mem.set(AT, root::AGAIN_ROUNDS, rounds + 1);
            take_again(mem);
        } else {
            finish_marking(mem, &mut tally, limit);
        }
    }
    let work = tally.work - before;
    tally.save(mem);
    work.max(1)
}

/// The threads that have run since they were scanned become gray again.
fn take_again(mem: &mut Mem<'_>) {
    let again = mem.get(AT, root::AGAIN);
    mem.set(AT, root::GRAY, again);
    mem.set(AT, root::AGAIN, 0);
    mem.set(AT, root::AGAIN_BYTES, 0);
}

/// Scans what has no barrier once more, but for the running thread's stack.
pub(super) fn scan_without_barrier(mem: &mut Mem<'_>, tally: &mut Tally) {
    take_again(mem);
    roots::mark(mem, tally);
    let thread = mem.get(AT, root::THREAD);
    mark::thread_fields(mem, tally, thread);
}

/// Ends marking when no more than `left` units of it are left to do after all that has no barrier has been
/// scanned; otherwise it goes on.
fn finish_marking(mem: &mut Mem<'_>, tally: &mut Tally, left: u64) {
    if stage::must_stand(mem) {
        mem.host_mut().standing.stage = Some(Stage::EndMarking);
        return;
    }
    take_again(mem);
    roots::mark(mem, tally);
    let thread = mem.get(AT, root::THREAD);
    mark::thread(mem, tally, thread);
    let limit = tally.work.saturating_add(left);
    mark::drain(mem, tally, limit);
    if mark::is_done(mem) {
        growth::drop_parts(mem);
        stage::at_once(mem, tally, Stage::Recheck(0));
    }
}

/// Ends the cycle: what was not reached is free.
pub(super) fn end(mem: &mut Mem<'_>) {
    let since = alloc::grown(mem).saturating_sub(mem.get(AT, root::CYCLE_GIVEN));
    let live = mem.get(AT, root::CYCLE_BYTES) + since;
    mem.set(AT, root::LIVE, live);
    alloc::count_from_here(mem);
    mem.set(AT, root::PHASE, phase::IDLE);
    mem.set(AT, root::PARTIAL_AT, 0);
    // At the memory limit what is new stays known.
    if mem.get(AT, root::GC_WHOLE) == 0 {
        roots::forget_fresh(mem);
    }
}

/// Begins a cycle when there are no marks of another one.
pub(super) fn start_clear(mem: &mut Mem<'_>) {
    mem.set(AT, root::PHASE, phase::IDLE);
    mem.set(AT, root::PARTIAL_AT, u32::MAX);
    start(mem);
}

/// A whole cycle at once, whatever was under way; `fresh` is in the middle of an allocation. Tells the work.
pub fn whole(mem: &mut Mem<'_>, fresh: bool) -> u64 {
    stage::complete(mem);
    mem.host_mut().standing.stage = None;
    let runs = std::mem::take(&mut mem.host_mut().standing.runs);
    stage::anew(mem);
    let mut tally = Tally::resume(mem);
    if fresh {
        roots::mark_fresh(mem, &mut tally);
    }
    mark::drain(mem, &mut tally, u64::MAX);
    finish_marking(mem, &mut tally, u64::MAX);
    let work = tally.work + sweep::price_of_strings(mem);
    tally.save(mem);
    sweep::strings(mem, u64::MAX);
    stage::flip(mem);
    mem.host_mut().standing.runs = runs;
    work
}
