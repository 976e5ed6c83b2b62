//! When the collector works, and how much at a time. Must not know how.
//!
//! A cycle begins when enough has been allocated, and goes on in steps that take some microseconds each: what is
//! allocated meanwhile decides how much they do, never the clock.

use super::{BLOCK, alloc, cycle, limit, phase, roots, stage, stress};
use crate::host::Mem;
use crate::objects::root::{self, AT};

/// Smallest growth between two cycles.
const MIN_GROWTH: u64 = 256 * 1024;
/// The pauses that a program may ask for, in percent. With less a cycle would be due after so few bytes that these do not pay
/// for its work.
const LEAST_PAUSE: u32 = 150;
const MOST_PAUSE: u32 = 1000;
/// Bytes given out between two steps of a cycle, as long as no large object is among them.
pub(super) const STEP: u64 = 512;
/// Most units of work of one step, unless there were few safepoints.
pub const MOST_WORK: u64 = 128;
/// Units of work of a portion of a collection that a program waits for, or stands for.
const PORTION: u64 = 256;
/// Units of fuel between two steps when there is more to do than `MOST_WORK`, as behind a large allocation: that must not
/// all be done within one slice.
const REST: u32 = 32;
/// The same as `MOST_WORK` in the test mode of steps.
const MOST_STRESS: u64 = 4096;
/// Bytes that are given out while a unit of work is done, when the step multiplier is 100 percent.
const BYTES_PER_UNIT: u64 = 10;

/// Whether enough has been allocated for the collector to work again.
#[inline]
pub fn due(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::GIVEN) >= mem.get(AT, root::THRESHOLD)
}

/// Sets when the collector is due next.
pub fn set_threshold(mem: &mut Mem<'_>) {
    let is_forced = mem.get(AT, root::GC_WHOLE) != 0;
    let at = match (mem.get(AT, root::GC_STRESS), mem.get(AT, root::GC_STOPPED)) {
        _ if is_forced => 0,
        (0, 0) => next_step(mem),
        (_, 0) => 0,
        _ => u64::MAX,
    };
    mem.set(AT, root::THRESHOLD, at);
}

fn next_step(mem: &Mem<'_>) -> u64 {
    if mem.get(AT, root::PHASE) == phase::IDLE {
        let pause = u64::from(mem.get(AT, root::GC_PAUSE).clamp(LEAST_PAUSE, MOST_PAUSE));
        // What was made during the last cycle counts as alive, but most of it is garbage if it is very much.
        let marked = mem.get(AT, root::CYCLE_BYTES);
        let live = mem.get(AT, root::LIVE).min(marked.saturating_mul(3));
        let growth = live / 100 * (pause - 100);
        // A cycle needs room to end in before the memory limit.
        return growth.min(room(mem) / 2).max(MIN_GROWTH);
    }
    let given = mem.get(AT, root::GIVEN);
    match mem.get(AT, root::GC_DEBT) {
        0 => given + STEP,
        _ => given,
    }
}

/// Bytes below the memory limit.
fn room(mem: &Mem<'_>) -> u64 {
    let limit = u64::from(mem.get(AT, root::MAX_BLOCKS)) * u64::from(BLOCK);
    limit.saturating_sub(alloc::in_use(mem))
}

/// Does what is due at a safepoint: a whole collection, or a step of a cycle. `now` is the guest's time, in units.
pub fn advance(mem: &mut Mem<'_>, now: u32) {
    let stress = mem.get(AT, root::GC_STRESS);
    let is_idle = mem.get(AT, root::PHASE) == phase::IDLE;
    // Nothing is under construction, and a collection at the memory limit would keep what nobody needs.
    roots::forget_fresh(mem);
    if stress == stress::WHOLE || mem.get(AT, root::GC_WHOLE) != 0 && !mem.host().standing.runs {
        collect(mem);
        return;
    }
    see_want(mem);
    if holds(mem) || stress == 0 && rests(mem, now) {
        return;
    }
    uncharged(mem, |mem| {
        if is_idle {
            let late = mem
                .get(AT, root::GIVEN)
                .saturating_sub(mem.get(AT, root::THRESHOLD));
            if cycle::prepare(mem, late) {
                cycle::start(mem);
                start_counting(mem);
                // The first step makes up for none.
                mem.set(AT, root::GC_RESTED, now);
            }
            return;
        }
        let asked = match stress {
            0 => asked_for(mem),
            // Tests see steps of all sizes.
            _ => MOST_STRESS >> (mem.get(AT, root::CYCLE) % 13),
        };
        let done = cycle::step(mem, asked.min(most_work(mem, now)));
        mem.set(AT, root::GC_DEBT, asked.saturating_sub(done));
        mem.set(AT, root::GC_RESTED, now);
        note_longest(mem, done);
    });
    set_threshold(mem);
}

/// Steps that are made up for at most: safepoints are few where a program makes one long string or list after the other.
const MOST_MISSED: u32 = 2;

/// The most units of work of a step now: as much as steps might have done since the last one.
fn most_work(mem: &Mem<'_>, now: u32) -> u64 {
    let elapsed = now.wrapping_sub(mem.get(AT, root::GC_RESTED));
    MOST_WORK * u64::from((elapsed / REST).clamp(1, MOST_MISSED))
}

/// Whether the last step was only just done. Near the memory limit nothing waits.
fn rests(mem: &Mem<'_>, now: u32) -> bool {
    let elapsed = now.wrapping_sub(mem.get(AT, root::GC_RESTED));
    mem.get(AT, root::GC_DEBT) != 0 && elapsed < REST && room(mem) > alloc::in_use(mem)
}

fn note_longest(mem: &mut Mem<'_>, work: u64) {
    let longest = mem.get(AT, root::GC_LONGEST).max(work as u32);
    mem.set(AT, root::GC_LONGEST, longest);
}

fn start_counting(mem: &mut Mem<'_>) {
    let seen = alloc::grown(mem);
    mem.set(AT, root::GC_SEEN, seen);
    mem.set(AT, root::GC_DEBT, 0);
}

/// The work that all allocations up to now ask for: the more, the less room there is.
fn asked_for(mem: &mut Mem<'_>) -> u64 {
    let now = alloc::grown(mem);
    let bytes = now.saturating_sub(mem.get(AT, root::GC_SEEN));
    mem.set(AT, root::GC_SEEN, now);
    let usual = units(mem, bytes);
    let hurried = bytes.saturating_mul(alloc::in_use(mem)) / (room(mem).max(1) * BYTES_PER_UNIT);
    mem.get(AT, root::GC_DEBT) + usual.max(hurried)
}

/// The work that is done while `bytes` are given out.
fn units(mem: &Mem<'_>, bytes: u64) -> u64 {
    let multiplier = u64::from(mem.get(AT, root::GC_STEPMUL).clamp(50, 10_000));
    bytes.saturating_mul(multiplier) / (100 * BYTES_PER_UNIT)
}

/// Begins a step that a program asks for, as large as if it had allocated `bytes`. Tells the work that it comes to, which
/// [`step_on`] does.
pub fn begin_step(mem: &mut Mem<'_>, bytes: u64) -> u64 {
    uncharged(mem, |mem| {
        if mem.get(AT, root::PHASE) == phase::IDLE && !stage::waits(mem) {
            stage::anew(mem);
            start_counting(mem);
        }
    });
    // What is owed is part of it, so that no other step is due in between.
    mem.set(AT, root::GC_DEBT, 0);
    set_threshold(mem);
    units(mem, bytes).max(1)
}

/// Does a portion of such a step, of which so much work is left. Tells what is left then, nothing when that has ended a
/// cycle, and whether it has. Where the guest is to stand for the collector first, there is always something left.
pub fn step_on(mem: &mut Mem<'_>, left: u64) -> (u64, bool) {
    let done = match stage::waits(mem) {
        true => 0,
        false => uncharged(mem, |mem| cycle::step(mem, left.min(PORTION))).max(1),
    };
    set_threshold(mem);
    match mem.get(AT, root::PHASE) {
        _ if stage::waits(mem) => (left.saturating_sub(done).max(1), false),
        phase::IDLE => (0, true),
        _ => (left.saturating_sub(done), false),
    }
}

/// Begins a whole collection that a program asks for: it waits for it, so [`go_on`] does a portion at a time.
pub fn begin(mem: &mut Mem<'_>) {
    uncharged(mem, |mem| {
        stage::anew(mem);
        start_counting(mem);
    });
    if mem.get(AT, root::GC_WHOLE) != 0 {
        // It is the one that is wanted, too.
        mem.set(AT, root::GC_WHOLE, BEGUN);
    }
    // Nothing is allocated meanwhile, so no step is due in between.
    set_threshold(mem);
}

/// Does the next portion of it; tells whether there are more. The work is added to the charge.
pub fn go_on(mem: &mut Mem<'_>) -> bool {
    if stage::waits(mem) {
        return true;
    }
    let is_swept = mem.get(AT, root::PHASE) == phase::SWEEP;
    let work = uncharged(mem, |mem| cycle::step(mem, PORTION));
    // Going through the string table takes less time than marking.
    let charged = if is_swept { work / 4 } else { work };
    let charge = mem.get(AT, root::GC_CHARGE) + charged;
    mem.set(AT, root::GC_CHARGE, charge);
    let goes = mem.get(AT, root::PHASE) != phase::IDLE || stage::waits(mem);
    if !goes {
        set_threshold(mem);
    }
    goes
}

/// Does a portion of what the guest stands for; tells how much work it was.
pub fn stand(mem: &mut Mem<'_>) -> u64 {
    let work = uncharged(mem, |mem| stage::go_on(mem, PORTION));
    note_longest(mem, work);
    if !stage::waits(mem) {
        set_threshold(mem);
    }
    work
}

/// Does the rest of what the guest stands for, because somebody touches it.
pub fn complete(mem: &mut Mem<'_>) {
    if stage::waits(mem) {
        uncharged(mem, stage::complete);
        set_threshold(mem);
        if !holds(mem) {
            mem.host_mut().standing.stood_at = Default::default();
        }
    }
}

/// `root::GC_WHOLE`: memory is full, and the guest stands for a whole collection at the next place where it can.
const WANTED: u32 = 1;
/// The same, and its cycle is under way.
const BEGUN: u32 = 2;

/// Lets the guest stand for a whole collection.
pub fn want(mem: &mut Mem<'_>) {
    mem.set(AT, root::GC_WHOLE, WANTED);
    set_threshold(mem);
}

/// No whole collection is wanted any longer.
pub fn forget_whole(mem: &mut Mem<'_>) {
    mem.set(AT, root::GC_WHOLE, 0);
    mem.host_mut().standing.sees_want = false;
    set_threshold(mem);
}

/// The engine sees at a safepoint that a whole collection is wanted, if it is. Where fuel ends before that the guest does not
/// stand: all slices are to lead to the same state.
pub fn see_want(mem: &mut Mem<'_>) {
    mem.host_mut().standing.sees_want = mem.get(AT, root::GC_WHOLE) != 0;
}

/// Whether the guest is to stand for the collector.
#[inline]
pub fn holds(mem: &Mem<'_>) -> bool {
    let host = mem.host();
    host.standing.sees_want || host.standing.stage.is_some()
}

/// Does a portion of the whole collection that the guest stands for. The work is added to the charge. A cycle that is under way
/// is ended first, and if that has made room it is enough.
pub fn stand_for_whole(mem: &mut Mem<'_>) {
    if mem.get(AT, root::PHASE) != phase::IDLE {
        go_on(mem);
        return;
    }
    let is_over = mem.get(AT, root::GC_WHOLE) == BEGUN || is_enough(mem);
    if is_over {
        forget_whole(mem);
        return;
    }
    uncharged(mem, |mem| {
        if cycle::prepare(mem, 0) {
            cycle::start(mem);
            start_counting(mem);
            mem.set(AT, root::GC_WHOLE, BEGUN);
        }
    });
    let charge = mem.get(AT, root::GC_CHARGE) + PREPARED;
    mem.set(AT, root::GC_CHARGE, charge);
}

/// Work that clearing a portion of marks counts as.
const PREPARED: u64 = 32;

/// Whether what blocks were lent for has room by now.
fn is_enough(mem: &mut Mem<'_>) -> bool {
    mem.get(AT, root::MEMORY_LENT) != 0 && !limit::is_full(mem)
}

/// A collection in the middle of an allocation, when the memory limit is reached and the guest cannot stand: what was made
/// most recently counts as reachable, because only the engine or a native knows of it.
///
/// A full collection follows: what is new now may be garbage by then, and would count as reachable at the limit again and
/// again.
pub fn emergency(mem: &mut Mem<'_>) {
    mem.set(AT, root::GC_WHOLE, WANTED);
    whole(mem, true);
}

/// A whole collection at a safepoint: everything reachable is known to the root page.
pub fn collect(mem: &mut Mem<'_>) {
    mem.set(AT, root::GC_WHOLE, 0);
    mem.host_mut().standing.sees_want = false;
    whole(mem, false);
}

fn whole(mem: &mut Mem<'_>, fresh: bool) {
    let work = uncharged(mem, |mem| cycle::whole(mem, fresh));
    note_longest(mem, work);
    let charge = mem.get(AT, root::GC_CHARGE) + work;
    mem.set(AT, root::GC_CHARGE, charge);
    set_threshold(mem);
}

/// When the collector works is no business of fuel, so its own searches for `__mode` must not count.
fn uncharged<R>(mem: &mut Mem<'_>, work: impl FnOnce(&mut Mem<'_>) -> R) -> R {
    let walked = mem.host().walked.get();
    let result = work(mem);
    mem.host().walked.set(walked);
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::{Config, Vm};

    #[test]
    fn a_step_makes_up_for_one_that_was_missed() {
        let mut vm = Vm::new(&Config::default()).expect("address space");
        vm.enter(|mem| {
            // The guest's time has begun anew in between.
            let last = u32::MAX - 10;
            mem.set(AT, root::GC_RESTED, last);
            let work = [0, REST, 2 * REST - 1, 2 * REST, 100 * REST];
            let work = work.map(|later| most_work(mem, last.wrapping_add(later)));
            assert_eq!(work.map(|work| work / MOST_WORK), [1, 1, 1, 2, 2]);
        });
    }
}
