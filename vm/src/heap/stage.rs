//! What the collector does while the guest stands: the end of marking, the end of a cycle, and the beginning of one in the
//! place of another. A program that ran on in between would see half of it. Must not know when that is due.
//!
//! In a small heap each is done at once. In a large one the engine lets the guest stand at the next place where fuel is
//! looked at, and does a portion after the other there; so a run may end in the middle, and whoever touches the guest then
//! has it [completed](complete) before. Nothing of this is ever in a snapshot.
//!
//! ```text
//!   EndMarking -> Stack -> Upvalues -> Drain -> Recheck -> Drained -> Tail -> Separate -> Due -> Rest -> Clear -> Orphans
//!   Flip -> Blocks
//!   Anew
//! ```

use super::mark::{self, Tally};
use super::sweep::{self, Settling};
use super::{alloc, cycle, phase, weak};
use crate::data::{closure, growth, interned};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, Upval, Userdata};

/// Where it is.
#[derive(Debug, Clone, Copy)]
pub enum Stage {
    /// Marking can end: nothing of this has begun yet.
    EndMarking,
    /// Scans the running thread's stack, from so many bytes on.
    Stack(u32),
    /// Marks its open upvalues from this one on.
    Upvalues(u32),
    /// Visits what all that has no barrier has led to.
    Drain,
    /// Looks whether tables are weak in another way than when they were scanned; those that are not begin here.
    Recheck(u32),
    /// Visits what tables that are not weak any more lead to.
    Drained,
    /// Looks for the end of what waits for its finalizer, from here on.
    Tail(u32),
    /// Parts userdata that were not reached from the others, behind the first and up to the second of these.
    Separate(u32, u32),
    /// Marks what waits for its finalizer, from here on.
    Due(u32),
    /// Visits what that leads to.
    Rest,
    /// Takes dead entries out of the first weak table, from this place on.
    Clear(u32),
    /// Closes the upvalues of threads that were not reached.
    Orphans,
    /// Dead strings are gone: lines and blocks can become free.
    Flip,
    /// They do.
    Blocks(Settling),
    /// Takes back what an unfinished cycle has noted, from this block on, and begins anew.
    Anew(u32),
}

impl Stage {
    /// Whether the program may run on, because nothing has begun.
    pub fn is_ahead(self) -> bool {
        matches!(self, Stage::EndMarking | Stage::Flip | Stage::Anew(0))
    }
}

/// Whether the guest is to stand for the collector.
#[inline]
pub fn waits(mem: &Mem<'_>) -> bool {
    mem.host().standing.stage.is_some()
}

/// What takes no more work than this is done at once.
const AT_ONCE: u64 = 256;

/// Whether the guest has to stand while marking ends.
pub(super) fn must_stand(mem: &Mem<'_>) -> bool {
    let thread = mem.get(AT, root::THREAD);
    let stack = u64::from(mem.get(thread, Thread::STACKSIZE)) / 64;
    let open = || {
        let follow = |&at: &u32| Some(mem.get(at, Upval::OPENED));
        let all = std::iter::successors(Some(mem.get(AT, root::OPENED)), follow);
        let some = all.take_while(|&at| at != 0).take(AT_ONCE as usize);
        some.count() as u64
    };
    mem.host().standing.runs && stack + weak::work(mem, AT_ONCE) + open() > AT_ONCE
}

/// Frees what was not reached, at once or when the guest stands.
pub(super) fn flip(mem: &mut Mem<'_>) {
    ask(mem, Stage::Flip);
}

/// Begins a cycle that takes nothing for granted, whatever was under way.
pub(super) fn anew(mem: &mut Mem<'_>) {
    ask(mem, Stage::Anew(0));
}

/// Does something with all blocks, or lets the guest stand for it if there are many.
fn ask(mem: &mut Mem<'_>, stage: Stage) {
    let blocks = mem.get(AT, root::TOP_BLOCK) - mem.get(AT, root::FIRST_BLOCK);
    if mem.host().standing.runs && u64::from(blocks) * WORK_PER_BLOCK > AT_ONCE {
        mem.host_mut().standing.stage = Some(stage);
        return;
    }
    // What was ahead in a cycle that another one takes the place of is so no longer.
    mem.host_mut().standing.stage = None;
    let mut tally = Tally::resume(mem);
    at_once(mem, &mut tally, stage);
    tally.save(mem);
}

/// Does a stage, and all that follow, at once.
pub(super) fn at_once(mem: &mut Mem<'_>, tally: &mut Tally, stage: Stage) {
    let mut next = Some(stage);
    while let Some(stage) = next {
        next = advance(mem, tally, stage, &mut { u64::MAX });
    }
}

/// Does a portion of what the guest stands for; tells how much work it was.
pub fn go_on(mem: &mut Mem<'_>, portion: u64) -> u64 {
    let mut tally = Tally::resume(mem);
    let mut left = portion;
    while left > 0
        && let Some(stage) = mem.host_mut().standing.stage.take()
    {
        let marked = tally.work;
        let next = advance(mem, &mut tally, stage, &mut left);
        left = left.saturating_sub(1 + tally.work.saturating_sub(marked));
        mem.host_mut().standing.stage = next;
    }
    tally.save(mem);
    portion - left
}

/// Does the rest of a stage that has begun, for whoever touches the guest.
pub fn complete(mem: &mut Mem<'_>) {
    if mem
        .host()
        .standing
        .stage
        .is_some_and(|stage| !stage.is_ahead())
    {
        while waits(mem) {
            go_on(mem, u64::MAX);
        }
    }
}

/// Units of work for what is done with a block.
const WORK_PER_BLOCK: u64 = 2;
/// Objects and blocks that a portion of a stage looks at.
const SOME: u32 = 64;
/// Places of a weak table that are looked at together.
const PLACES: u32 = 128;
/// Bytes of a stack that are scanned together.
const PIECE: u32 = 8 * 1024;

/// Does a portion of a stage; tells what is next. What it takes beside marking is taken off `left`.
fn advance(mem: &mut Mem<'_>, tally: &mut Tally, stage: Stage, left: &mut u64) -> Option<Stage> {
    let mut takes = |work: u32| *left = left.saturating_sub(u64::from(work));
    match stage {
        Stage::Recheck(mut checked) => {
            takes(SOME);
            let goes = (0..SOME).all(|_| weak::recheck(mem, &mut checked));
            Some(if goes {
                Stage::Recheck(checked)
            } else {
                Stage::Drained
            })
        }
        Stage::Tail(at) => {
            takes(SOME / 2);
            Some(find_tail(mem, at))
        }
        Stage::Separate(link, last) => {
            takes(SOME);
            let mut places = (link, last);
            let goes = weak::separate(mem, &mut places, SOME);
            Some(match goes {
                true => Stage::Separate(places.0, places.1),
                false => Stage::Due(mem.get(AT, root::FINALIZE)),
            })
        }
        Stage::Clear(from) => {
            takes(PLACES / 2);
            Some(clear(mem, tally, from))
        }
        Stage::Orphans => {
            takes(SOME);
            let goes = (0..SOME).all(|_| close_orphan(mem));
            goes.then_some(Stage::Orphans)
                .or_else(|| end_marking(mem, tally))
        }
        Stage::Flip => Some(Stage::Blocks(Settling::begin(mem))),
        Stage::Blocks(mut settling) => {
            takes(SOME * WORK_PER_BLOCK as u32);
            if settling.go_on(mem, SOME) {
                return Some(Stage::Blocks(settling));
            }
            cycle::end(mem);
            None
        }
        Stage::Anew(from) => {
            takes(SOME * WORK_PER_BLOCK as u32);
            forget(mem, tally, from)
        }
        marking => Some(mark_on(mem, tally, marking, *left)),
    }
}

/// The stages that mark.
fn mark_on(mem: &mut Mem<'_>, tally: &mut Tally, stage: Stage, left: u64) -> Stage {
    match stage {
        // The program has run on since there was nothing left to mark, and has marked what it has stored.
        Stage::EndMarking if !mark::is_done(mem) => {
            let limit = tally.work.saturating_add(left);
            mark::drain(mem, tally, limit);
            Stage::EndMarking
        }
        Stage::EndMarking => {
            cycle::scan_without_barrier(mem, tally);
            Stage::Stack(0)
        }
        Stage::Stack(from) => {
            let thread = mem.get(AT, root::THREAD);
            let to = from.saturating_add(PIECE);
            match mark::stack(mem, tally, thread, from, to) {
                true => Stage::Stack(to),
                false => Stage::Upvalues(mem.get(thread, Thread::OPEN)),
            }
        }
        Stage::Upvalues(mut at) => {
            for _ in 0..SOME {
                if at == 0 {
                    return Stage::Drain;
                }
                at = mark::open_upvalue(mem, tally, at);
            }
            Stage::Upvalues(at)
        }
        Stage::Due(mut at) => {
            for _ in 0..SOME {
                if at == 0 {
                    return Stage::Rest;
                }
                mark::object(mem, tally, at);
                at = mem.get(at, Userdata::NEXT);
            }
            Stage::Due(at)
        }
        draining => {
            let limit = tally.work.saturating_add(left);
            mark::drain(mem, tally, limit);
            match draining {
                _ if !mark::is_done(mem) => draining,
                Stage::Drain => {
                    growth::drop_parts(mem);
                    Stage::Recheck(0)
                }
                Stage::Drained => {
                    weak::begin_separating(mem);
                    Stage::Tail(mem.get(AT, root::FINALIZE))
                }
                _ => Stage::Clear(0),
            }
        }
    }
}

fn find_tail(mem: &Mem<'_>, at: u32) -> Stage {
    let mut at = at;
    for _ in 0..SOME {
        let next = match at {
            0 => 0,
            at => mem.get(at, Userdata::NEXT),
        };
        if next == 0 {
            return Stage::Separate(0, at);
        }
        at = next;
    }
    Stage::Tail(at)
}

fn clear(mem: &mut Mem<'_>, tally: &mut Tally, from: u32) -> Stage {
    match mem.get(AT, root::WEAK) {
        0 => Stage::Orphans,
        _ => Stage::Clear(weak::clear(mem, tally, from, PLACES).unwrap_or(0)),
    }
}

/// Closes an upvalue if its thread was not reached, whose stack is about to go. Tells whether there was one.
fn close_orphan(mem: &mut Mem<'_>) -> bool {
    let at = mem.get(AT, root::OPENED);
    if at == 0 {
        return false;
    }
    let next = mem.get(at, Upval::OPENED);
    mem.set(AT, root::OPENED, next);
    if closure::is_open(mem, Upval(at)) && !mark::is_marked(mem, mem.get(at, Upval::OWNER)) {
        closure::close_one(mem, Upval(at));
    }
    true
}

/// Everything that stays is marked.
fn end_marking(mem: &mut Mem<'_>, tally: &mut Tally) -> Option<Stage> {
    let mut stops = std::mem::take(&mut mem.host_mut().stops);
    stops.forget_dead(|proto| mark::is_marked(mem, proto));
    mem.host_mut().stops = stops;
    let buckets = mem.get(AT, root::STRINGS);
    let size = (u64::from(mem.get(AT, root::STRING_MASK)) + 1) * 4;
    mark::keep(mem, tally, buckets, size);
    if let Some((old, size)) = interned::old_buckets(mem) {
        mark::keep(mem, tally, old, size);
    }
    sweep::begin_strings(mem);
    mem.set(AT, root::PHASE, phase::SWEEP);
    None
}

/// Takes back some of what an unfinished cycle has noted; begins a new one when that is all.
fn forget(mem: &mut Mem<'_>, tally: &mut Tally, from: u32) -> Option<Stage> {
    if from == 0 {
        alloc::retire_holes(mem);
    }
    let from = from.max(mem.get(AT, root::FIRST_BLOCK));
    let top = mem.get(AT, root::TOP_BLOCK);
    let to = from.saturating_add(SOME).min(top);
    sweep::forget_marks(mem, from, to);
    if to < top {
        return Some(Stage::Anew(to));
    }
    cycle::start_clear(mem);
    *tally = Tally::resume(mem);
    None
}
