//! One collection from roots to free blocks, and when it is due.

use super::mark::{self, Tally};
use super::{BLOCK, LINES_PER_BLOCK, alloc, state, weak};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Str, Thread};

/// Smallest growth between two collections.
const MIN_STEP: u64 = 256 * 1024;

/// Whether enough has been allocated since the last collection.
#[inline]
pub fn due(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::GIVEN) >= mem.get(AT, root::THRESHOLD)
}

/// Sets when the next collection is due, from the bytes alive and the pause.
pub fn set_threshold(mem: &mut Mem<'_>) {
    let live = mem.get(AT, root::LIVE);
    let pause = u64::from(mem.get(AT, root::GC_PAUSE).clamp(110, 1000));
    let step = (live / 100 * (pause - 100)).max(MIN_STEP);
    let step = match (mem.get(AT, root::GC_STRESS), mem.get(AT, root::GC_STOPPED)) {
        (0, 0) => step,
        (_, 0) => 0,
        _ => u64::MAX,
    };
    mem.set(AT, root::THRESHOLD, step);
}

/// Counts a step of `bytes` that a program asks for; tells whether the steps since the last collection
/// amount to one. A collection is not divided, so the steps before it only count.
pub fn step_is_due(mem: &mut Mem<'_>, bytes: u64) -> bool {
    let multiplier = u64::from(mem.get(AT, root::GC_STEPMUL).max(1));
    let asked = (bytes / 100).saturating_mul(multiplier);
    let credit = mem.get(AT, root::GC_CREDIT).saturating_add(asked);
    mem.set(AT, root::GC_CREDIT, credit);
    credit >= alloc::in_use(mem)
}

/// A collection in the middle of an allocation, when the memory limit is reached: what was made
/// most recently counts as reachable, because only the engine or a native knows of it.
///
/// A full collection follows at the next safepoint: what is new now may be garbage by then, and would
/// count as reachable at the limit again and again.
pub fn emergency(mem: &mut Mem<'_>) {
    run(mem, true);
    mem.set(AT, root::THRESHOLD, 0);
}

/// A full collection at a safepoint: everything reachable is known to the root page.
pub fn collect(mem: &mut Mem<'_>) {
    run(mem, false);
}

fn run(mem: &mut Mem<'_>, fresh: bool) {
    // When a collection runs is no business of fuel, so its own searches for `__mode` must not count.
    let walked = mem.host().walked.get();
    alloc::retire_holes(mem);
    clear_marks(mem);
    let mut tally = Tally::default();
    mark_roots(mem, &mut tally, fresh);
    mark::drain(mem, &mut tally);
    weak::separate(mem);
    weak::mark_due(mem, &mut tally);
    mark::drain(mem, &mut tally);
    weak::clear_tables(mem, &mut tally);
    sweep_strings(mem, &mut tally);
    sweep_blocks(mem);
    mem.set(AT, root::LIVE, tally.bytes);
    mem.set(AT, root::GIVEN, 0);
    mem.set(AT, root::GC_CREDIT, 0);
    mem.set(AT, root::SCAN_BLOCK, 0);
    mem.set(AT, root::SCAN_LINE, 0);
    let charge = mem.get(AT, root::GC_CHARGE) + tally.work;
    mem.set(AT, root::GC_CHARGE, charge);
    if !fresh {
        let none = AT + u32::from(root::FRESH);
        mem.bytes_mut(none, root::FRESH_LEN * 4).fill(0);
        let none = AT + u32::from(root::BLOBS);
        mem.bytes_mut(none, root::BLOBS_LEN * 8).fill(0);
    }
    set_threshold(mem);
    mem.host().walked.set(walked);
}

fn clear_marks(mem: &mut Mem<'_>) {
    let top = mem.get(AT, root::TOP_BLOCK);
    let marks = mem.get(AT, root::MARKS);
    let lines = mem.get(AT, root::LINES);
    mem.bytes_mut(marks, top * (BLOCK / 128)).fill(0);
    mem.bytes_mut(lines, top * LINES_PER_BLOCK).fill(0);
}

fn mark_roots(mem: &mut Mem<'_>, tally: &mut Tally, fresh: bool) {
    // The running thread's extent is kept in the root page while it runs.
    let thread = mem.get(AT, root::THREAD);
    let top = mem.get(AT, root::TOP);
    let open = mem.get(AT, root::OPEN);
    mem.set(thread, Thread::TOP, top);
    mem.set(thread, Thread::OPEN, open);
    for field in [
        root::THREAD,
        root::MAIN,
        root::GLOBALS,
        root::REGISTRY,
        root::MEMORY_MESSAGE,
        root::ANCHOR,
    ] {
        let at = mem.get(AT, field);
        mark::object(mem, tally, at);
    }
    for i in 0..16 {
        let at = mem.load(AT + u32::from(root::TYPE_META) + i * 4);
        mark::object(mem, tally, at);
    }
    for i in 0..32 {
        let at = mem.load(AT + u32::from(root::EVENTS) + i * 4);
        mark::object(mem, tally, at);
    }
    if fresh {
        for i in 0..root::FRESH_LEN {
            let at = mem.load(AT + u32::from(root::FRESH) + i * 4);
            mark::object(mem, tally, at);
        }
        for i in 0..root::BLOBS_LEN {
            let entry = AT + u32::from(root::BLOBS) + i * 8;
            let (at, size) = (mem.load(entry), mem.load::<u32>(entry + 4));
            mark::keep(mem, tally, at, u64::from(size));
        }
    }
    let buckets = mem.get(AT, root::STRINGS);
    let size = (u64::from(mem.get(AT, root::STRING_MASK)) + 1) * 4;
    mark::keep(mem, tally, buckets, size);
}

/// Unlinks unmarked strings from the string table.
fn sweep_strings(mem: &mut Mem<'_>, tally: &mut Tally) {
    let buckets = mem.get(AT, root::STRINGS);
    let mask = mem.get(AT, root::STRING_MASK);
    let mut alive = 0;
    for i in 0..=mask {
        let bucket = buckets.wrapping_add(i * 4);
        let mut previous = None;
        let mut at: u32 = mem.load(bucket);
        while at != 0 {
            let next = mem.get(at, Str::CHAIN);
            if mark::is_marked(mem, at) {
                alive += 1;
                previous = Some(at);
            } else if let Some(previous) = previous {
                mem.set(previous, Str::CHAIN, next);
            } else {
                mem.store(bucket, next);
            }
            at = next;
        }
    }
    mem.set(AT, root::STRING_COUNT, alive);
    tally.work += u64::from(mask) / 8;
}

/// Blocks without a marked line become free, large objects that were not reached give theirs back.
fn sweep_blocks(mem: &mut Mem<'_>) {
    let top = mem.get(AT, root::TOP_BLOCK);
    let states = mem.get(AT, root::STATES);
    let lines = mem.get(AT, root::LINES);
    let mut used = 0;
    let mut keep_tail = false;
    let mut first_free = top;
    for block in root::BLOCKS / BLOCK..top {
        let old = mem.load::<u8>(states + block);
        let new = match old {
            state::SMALL => {
                let marks = mem.bytes(lines + block * LINES_PER_BLOCK, LINES_PER_BLOCK);
                if marks.iter().any(|&m| m != 0) {
                    state::SMALL
                } else {
                    state::FREE
                }
            }
            state::LARGE_MARKED => {
                keep_tail = true;
                state::LARGE_HEAD
            }
            state::LARGE_HEAD => {
                keep_tail = false;
                state::FREE
            }
            state::LARGE_TAIL if keep_tail => state::LARGE_TAIL,
            _ => state::FREE,
        };
        if new == state::FREE {
            first_free = first_free.min(block);
        } else {
            used += 1;
        }
        if new != old {
            mem.store::<u8>(states + block, new);
        }
    }
    mem.set(AT, root::USED_BLOCKS, used);
    mem.set(AT, root::FREE_HINT, first_free);
}
