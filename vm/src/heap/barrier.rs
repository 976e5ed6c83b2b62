//! The barrier: what a cycle has to know of what the program does while it is under way. Every store of a
//! reference into an object goes through here. Must not visit objects.
//!
//! While marking goes on, what is stored into an object is marked (an *incremental update* barrier). So an
//! object that has been scanned never refers to one that was not reached, and new objects, which count as
//! scanned, neither. Stacks have no barrier: those that have changed are scanned again when marking ends.

use super::mark::{self, Tally, is_marked};
use super::phase;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Str, Table, Thread};
use crate::value::Value;
use bvm_cage::Field;

/// Whether marking is under way.
#[inline(always)]
fn is_marking(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::PHASE) == phase::MARK
}

/// Stores a value at a place that belongs to an object.
#[inline(always)]
pub fn store(mem: &mut Mem<'_>, place: u32, value: Value) {
    shade(mem, value);
    mem.store(place, value.0);
}

/// Makes a field of the object at `at` refer to the one at `target`; 0 is none.
#[inline(always)]
pub fn link(mem: &mut Mem<'_>, at: u32, field: Field<u32>, target: u32) {
    shade_object(mem, target);
    mem.set(at, field, target);
}

/// Marks a value that is about to be stored.
#[inline(always)]
pub fn shade(mem: &mut Mem<'_>, value: Value) {
    if is_marking(mem) && value.is_object() {
        mark_now(mem, value.payload());
    }
}

/// Marks an object that is about to be stored; 0 is none.
#[inline(always)]
pub fn shade_object(mem: &mut Mem<'_>, at: u32) {
    if is_marking(mem) {
        mark_now(mem, at);
    }
}

#[cold]
fn mark_now(mem: &mut Mem<'_>, at: u32) {
    let mut tally = Tally::resume(mem);
    mark::object(mem, &mut tally, at);
    tally.save(mem);
}

/// A string was found among the interned ones. Nothing may have referred to it, and it must not be taken
/// for dead now, also when marking has ended.
#[inline]
pub fn found(mem: &mut Mem<'_>, string: Str) {
    if mem.get(AT, root::PHASE) != phase::IDLE && !is_marked(mem, string.0) {
        mark_now(mem, string.0);
    }
}

/// Copies `count` values from the places of one table to those of another one, or of itself.
pub fn copy_slots(
    mem: &mut Mem<'_>,
    (source, from): (Table, u32),
    (target, to): (Table, u32),
    count: u32,
) {
    mem.copy(from, to, count * 8);
    // What a table holds that has been scanned is marked already.
    if !is_marking(mem) || source == target && !is_partial(mem, target) {
        return;
    }
    shade_list(mem, to, count);
}

/// Marks the values from `first` on, which are about to be stored or have been.
pub fn shade_list(mem: &mut Mem<'_>, first: u32, count: u32) {
    for i in 0..count {
        let v = Value(mem.load(first.wrapping_add(i * 8)));
        shade(mem, v);
    }
}

/// Whether a table is the one that is being scanned in pieces.
#[inline]
pub fn is_partial(mem: &Mem<'_>, t: Table) -> bool {
    mem.get(AT, root::PARTIAL) == t.0
}

/// The values of a table are in other places now: if it is being scanned, it has to be from its beginning.
#[inline]
pub fn rearranged(mem: &mut Mem<'_>, t: Table) {
    if is_partial(mem, t) {
        mem.set(AT, root::PARTIAL_AT, 0);
    }
}

/// A thread stops running: what it has put on its stack has to be scanned, again if it has been.
#[inline]
pub fn stopped(mem: &mut Mem<'_>, thread: Thread) {
    if is_marking(mem) {
        list_again(mem, thread.0);
    }
}

#[cold]
fn list_again(mem: &mut Mem<'_>, at: u32) {
    mark_now(mem, at);
    let cycle = mem.get(AT, root::CYCLE);
    if mem.get(at, Thread::LISTED) == cycle {
        return;
    }
    mem.set(at, Thread::LISTED, cycle);
    let head = mem.get(AT, root::AGAIN);
    mem.set(at, Thread::GRAY, head);
    mem.set(AT, root::AGAIN, at);
    let used = mem
        .get(at, Thread::TOP)
        .saturating_sub(mem.get(at, Thread::STACK));
    let bytes = mem.get(AT, root::AGAIN_BYTES).saturating_add(used);
    mem.set(AT, root::AGAIN_BYTES, bytes);
}
