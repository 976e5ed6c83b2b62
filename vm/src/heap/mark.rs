//! Marking: from the roots through every reference, with the gray list inside the objects, as much at a
//! time as is asked for. Must not free anything. No recursion: what can be deep goes through the gray list.

use super::{BLOCK, LARGE, LINE, line, state, weak};
use crate::data::closure::is_open;
use crate::data::{heights, lines, userdata};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{
    Closure, KIND, NativeClosure, Proto, Str, Table, Thread, Upval, Userdata, frame, node,
};
use crate::value::Value;
use bvm_cage::Field;
use std::ops::Range;

/// What one cycle counts.
#[derive(Debug)]
pub struct Tally {
    /// Bytes of all marked objects.
    pub bytes: u64,
    /// Marked objects, visited ones and slots: the work that is charged.
    pub work: u64,
}

impl Tally {
    /// Goes on with the counts of the running cycle.
    pub fn resume(mem: &Mem<'_>) -> Tally {
        Tally {
            bytes: mem.get(AT, root::CYCLE_BYTES),
            work: mem.get(AT, root::CYCLE_WORK),
        }
    }

    /// Puts them back.
    pub fn save(self, mem: &mut Mem<'_>) {
        mem.set(AT, root::CYCLE_BYTES, self.bytes);
        mem.set(AT, root::CYCLE_WORK, self.work);
    }
}

/// Places of a table that are scanned at a time; a multiple of what makes a unit of work.
const PIECE: u32 = 32;
/// Bytes of a suspended thread's stack that are scanned at a time; a multiple of what makes a unit of work.
const STACK_PIECE: u32 = 2048;

/// Whether the object at `at` is marked.
#[inline]
pub fn is_marked(mem: &Mem<'_>, at: u32) -> bool {
    let byte = mem.load::<u8>(mem.get(AT, root::MARKS).wrapping_add(at >> 7));
    byte & 1 << (at >> 4 & 7) != 0
}

/// Sets the mark; tells whether it was clear.
#[inline]
fn set_mark(mem: &mut Mem<'_>, at: u32) -> bool {
    let place = mem.get(AT, root::MARKS).wrapping_add(at >> 7);
    let bit = 1 << (at >> 4 & 7);
    let byte = mem.load::<u8>(place);
    mem.store::<u8>(place, byte | bit);
    byte & bit == 0
}

/// Keeps the memory of `size` bytes at `at`: its lines, or its blocks when it is large.
#[inline]
pub fn keep(mem: &mut Mem<'_>, tally: &mut Tally, at: u32, size: u64) {
    if size == 0 || at == 0 {
        return;
    }
    if size > u64::from(LARGE) {
        let place = mem.get(AT, root::STATES).wrapping_add(at / BLOCK);
        let byte = mem.load::<u8>(place);
        if state::kind(byte) == state::LARGE_HEAD {
            mem.store::<u8>(place, state::with_kind(byte, state::LARGE_MARKED));
            tally.bytes += (size + 15) & !15;
        }
        return;
    }
    tally.bytes += (size + 15) & !15;
    let lines = mem.get(AT, root::LINES);
    let first = at / LINE;
    let last = (at + (size as u32 - 1)) / LINE;
    for i in first..=last {
        mem.store::<u8>(lines.wrapping_add(i), line::KEPT);
    }
}

/// Marks a value's object, if it has one.
#[inline]
pub fn value(mem: &mut Mem<'_>, tally: &mut Tally, v: Value) {
    if v.is_object() {
        object(mem, tally, v.payload());
    }
}

fn value_at(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let v = Value(mem.load(at));
    value(mem, tally, v);
}

fn push_gray(mem: &mut Mem<'_>, at: u32, link: Field<u32>) {
    let head = mem.get(AT, root::GRAY);
    mem.set(at, link, head);
    mem.set(AT, root::GRAY, at);
}

/// Marks the object at `at`; 0 is no object.
pub fn object(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    if at == 0 || !set_mark(mem, at) {
        return;
    }
    tally.work += 1;
    match mem.get(at, KIND) {
        Str::KIND => {
            let len = mem.get(at, Str::LEN);
            keep(mem, tally, at, u64::from(Str::SIZE) + u64::from(len));
        }
        Table::KIND => {
            keep(mem, tally, at, u64::from(Table::SIZE));
            push_gray(mem, at, Table::GRAY);
        }
        Closure::KIND => {
            let count = u32::from(mem.get(at, Closure::UPVALS));
            keep(mem, tally, at, u64::from(Closure::SIZE + 4 * count));
            push_gray(mem, at, Closure::GRAY);
        }
        NativeClosure::KIND => {
            let count = u32::from(mem.get(at, NativeClosure::UPVALS));
            keep(mem, tally, at, u64::from(NativeClosure::SIZE + 8 * count));
            push_gray(mem, at, NativeClosure::GRAY);
        }
        Upval::KIND => {
            keep(mem, tally, at, u64::from(Upval::SIZE));
            // The chain ends here: an upvalue holds a value, and no value is an upvalue.
            let place = mem.get(at, Upval::AT);
            value_at(mem, tally, place);
            if is_open(mem, Upval(at)) {
                let head = mem.get(AT, root::OPENED);
                mem.set(at, Upval::OPENED, head);
                mem.set(AT, root::OPENED, at);
            }
        }
        Proto::KIND => {
            keep(mem, tally, at, u64::from(Proto::SIZE));
            push_gray(mem, at, Proto::GRAY);
        }
        Thread::KIND => {
            keep(mem, tally, at, u64::from(Thread::SIZE));
            let cycle = mem.get(AT, root::CYCLE);
            mem.set(at, Thread::LISTED, cycle);
            push_gray(mem, at, Thread::GRAY);
        }
        Userdata::KIND => {
            let size = userdata::size(mem, at);
            keep(mem, tally, at, size);
            push_gray(mem, at, Userdata::GRAY);
        }
        _ => {}
    }
}

/// Whether marking has nothing left to visit.
pub fn is_done(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::GRAY) == 0 && mem.get(AT, root::PARTIAL) == 0
}

/// Visits gray objects until none is left, or the work reaches `limit`.
pub fn drain(mem: &mut Mem<'_>, tally: &mut Tally, limit: u64) {
    while tally.work < limit {
        if mem.get(AT, root::PARTIAL) != 0 {
            piece(mem, tally);
            continue;
        }
        let at = mem.get(AT, root::GRAY);
        if at == 0 {
            return;
        }
        // One unit was for finding it.
        tally.work += 1;
        match mem.get(at, KIND) {
            Table::KIND => {
                pop_gray(mem, at, Table::GRAY);
                table(mem, tally, at);
            }
            Closure::KIND => {
                pop_gray(mem, at, Closure::GRAY);
                closure(mem, tally, at);
            }
            NativeClosure::KIND => {
                pop_gray(mem, at, NativeClosure::GRAY);
                native(mem, tally, at);
            }
            Proto::KIND => {
                pop_gray(mem, at, Proto::GRAY);
                proto(mem, tally, at);
            }
            Thread::KIND => {
                pop_gray(mem, at, Thread::GRAY);
                mem.set(at, Thread::LISTED, 0);
                // The running thread is scanned last, when marking ends.
                if at != mem.get(AT, root::THREAD) {
                    suspended(mem, tally, at);
                }
            }
            Userdata::KIND => {
                pop_gray(mem, at, Userdata::GRAY);
                userdata(mem, tally, at);
            }
            // Only a damaged image has another kind here; what is left stays unmarked.
            _ => mem.set(AT, root::GRAY, 0),
        }
    }
}

fn pop_gray(mem: &mut Mem<'_>, at: u32, link: Field<u32>) {
    let next = mem.get(at, link);
    mem.set(AT, root::GRAY, next);
}

fn table(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let meta = mem.get(at, Table::META);
    object(mem, tally, meta);
    let size = mem.get(at, Table::ASIZE);
    let array = mem.get(at, Table::ARRAY).wrapping_add(8);
    let nodes = mem.get(at, Table::NODE);
    let count = node_count(mem, at);
    keep_parts(mem, tally, size, array, nodes, count);
    let weakness = weak::mode(mem, meta);
    mem.set(at, Table::WEAKNESS, weakness);
    if weakness != 0 {
        let head = mem.get(AT, root::WEAK);
        mem.set(at, Table::GRAY, head);
        mem.set(AT, root::WEAK, at);
    }
    if size <= PIECE && count <= PIECE {
        slots(mem, tally, at, 0, size);
        entries(mem, tally, at, 0, count);
        return;
    }
    mem.set(AT, root::PARTIAL, at);
    mem.set(AT, root::PARTIAL_AT, 0);
}

/// Scans the next piece of the large table, function or stack, or of the open upvalues of that.
fn piece(mem: &mut Mem<'_>, tally: &mut Tally) {
    let at = mem.get(AT, root::PARTIAL);
    match mem.get(at, KIND) {
        Thread::KIND => piece_of_stack(mem, tally, at),
        Proto::KIND => piece_of_proto(mem, tally, at),
        Upval::KIND => piece_of_open(mem, tally, at),
        _ => piece_of_table(mem, tally, at),
    }
}

fn piece_of_table(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let from = mem.get(AT, root::PARTIAL_AT);
    let (size, count) = (mem.get(at, Table::ASIZE), node_count(mem, at));
    let to = if from < size {
        let to = from.saturating_add(PIECE).min(size);
        slots(mem, tally, at, from, to);
        to
    } else {
        let first = from - size;
        let end = first.saturating_add(PIECE).min(count);
        entries(mem, tally, at, first, end);
        size.saturating_add(end)
    };
    if to >= size.saturating_add(count) {
        mem.set(AT, root::PARTIAL, 0);
    }
    mem.set(AT, root::PARTIAL_AT, to);
}

/// Marks what array slots hold.
fn slots(mem: &mut Mem<'_>, tally: &mut Tally, at: u32, from: u32, to: u32) {
    tally.work += u64::from(to - from) / 4;
    if mem.get(at, Table::WEAKNESS) & weak::VALUES != 0 {
        return;
    }
    let array = mem.get(at, Table::ARRAY).wrapping_add(8);
    for i in from..to {
        value_at(mem, tally, array.wrapping_add(i * 8));
    }
}

/// A string stays alive while a node has it as its key, though that is removed. Another string in its place in memory would
/// be taken for it, and would have its hash in the table.
pub fn removed(mem: &mut Mem<'_>, tally: &mut Tally, n: u32) {
    if let Some(name) = Str::of(Value(mem.get(n, node::KEY))) {
        object(mem, tally, name.0);
    }
}

/// Marks what nodes hold.
fn entries(mem: &mut Mem<'_>, tally: &mut Tally, at: u32, from: u32, to: u32) {
    tally.work += u64::from(to.saturating_sub(from)) / 2;
    let weakness = mem.get(at, Table::WEAKNESS);
    let nodes = mem.get(at, Table::NODE);
    for i in from..to {
        let n = nodes.wrapping_add(i * node::SIZE);
        let held = Value(mem.get(n, node::VALUE));
        if held.is_nil() {
            removed(mem, tally, n);
            continue;
        }
        if weakness & weak::KEYS == 0 {
            let key = Value(mem.get(n, node::KEY));
            value(mem, tally, key);
        }
        if weakness & weak::VALUES == 0 {
            value(mem, tally, held);
        }
    }
}

fn keep_parts(mem: &mut Mem<'_>, tally: &mut Tally, size: u32, array: u32, nodes: u32, count: u32) {
    if size > 0 {
        keep(mem, tally, array, u64::from(size) * 8);
    }
    if count > 0 {
        keep(mem, tally, nodes, u64::from(count) * u64::from(node::SIZE));
    }
}

/// Nodes that a table owns: none when it shares the empty node.
pub fn node_count(mem: &Mem<'_>, table: u32) -> u32 {
    if mem.get(table, Table::NODE) == root::EMPTY_NODE {
        0
    } else {
        mem.get(table, Table::HMASK).wrapping_add(1)
    }
}

fn closure(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let env = mem.get(at, Closure::ENV);
    let proto = mem.get(at, Closure::PROTO);
    object(mem, tally, env);
    object(mem, tally, proto);
    let count = u32::from(mem.get(at, Closure::UPVALS));
    for i in 0..count {
        let upval = mem.load(at + Closure::SIZE + i * 4);
        object(mem, tally, upval);
    }
    // Looking at those that are marked is work, too.
    tally.work += u64::from(count) / 4;
}

fn native(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let env = mem.get(at, NativeClosure::ENV);
    object(mem, tally, env);
    let count = u32::from(mem.get(at, NativeClosure::UPVALS));
    for i in 0..count {
        value_at(mem, tally, at + NativeClosure::SIZE + i * 8);
    }
    tally.work += u64::from(count) / 4;
}

fn userdata(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let meta = mem.get(at, Userdata::META);
    let env = mem.get(at, Userdata::ENV);
    object(mem, tally, meta);
    object(mem, tally, env);
}

fn proto(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let ncode = u64::from(mem.get(at, Proto::NCODE));
    let parts = [
        heights::part(mem, Proto(at)),
        (mem.get(at, Proto::WORDS), ncode * 4),
        lines::part(mem, Proto(at)),
    ];
    for (part, size) in parts {
        keep(mem, tally, part, size);
    }
    for list in &LISTS {
        let (part, count) = (mem.get(at, list.place), mem.get(at, list.len));
        keep(mem, tally, part, u64::from(count) * u64::from(list.step));
    }
    let source = mem.get(at, Proto::SOURCE);
    object(mem, tally, source);
    if LISTS.iter().any(|list| mem.get(at, list.len) > PIECE) {
        mem.set(AT, root::PARTIAL, at);
        mem.set(AT, root::PARTIAL_AT, 0);
        return;
    }
    for list in &LISTS {
        list_of(mem, tally, at, list, 0..mem.get(at, list.len));
    }
    tally.work += u64::from(mem.get(at, Proto::NCONSTS)) / 4;
}

/// A list of a function that refers to objects.
pub struct List {
    /// Where it is.
    pub place: Field<u32>,
    /// How many entries it has.
    pub len: Field<u32>,
    /// Bytes of an entry.
    pub step: u32,
}

/// Constants.
pub const CONSTS: List = List {
    place: Proto::CONSTS,
    len: Proto::NCONSTS,
    step: 8,
};
/// Names of variables, and where these live.
pub const LOCALS: List = List {
    place: Proto::LOCALS,
    len: Proto::NLOCALS,
    step: 12,
};
/// Names of upvalues.
pub const UPNAMES: List = List {
    place: Proto::UPNAMES,
    len: Proto::NUPNAMES,
    step: 4,
};
/// The functions inside.
pub const PROTOS: List = List {
    place: Proto::PROTOS,
    len: Proto::NPROTOS,
    step: 4,
};

/// All of them, in the order in which they are made: what is made meanwhile must not change the places of others.
pub const LISTS: [List; 4] = [CONSTS, LOCALS, UPNAMES, PROTOS];

/// Marks what some entries of a list refer to.
fn list_of(mem: &mut Mem<'_>, tally: &mut Tally, at: u32, list: &List, entries: Range<u32>) {
    let first = mem.get(at, list.place);
    for i in entries {
        let entry = first.wrapping_add(i * list.step);
        match list.step {
            8 => value_at(mem, tally, entry),
            _ => {
                let it = mem.load(entry);
                object(mem, tally, it);
            }
        }
    }
}

/// Scans the next piece of the lists of a large function.
fn piece_of_proto(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let place = mem.get(AT, root::PARTIAL_AT);
    let mut from = place;
    for list in &LISTS {
        let count = mem.get(at, list.len);
        if from >= count {
            from -= count;
            continue;
        }
        let to = from.saturating_add(PIECE).min(count);
        list_of(mem, tally, at, list, from..to);
        tally.work += u64::from(to - from).div_ceil(4);
        mem.set(AT, root::PARTIAL_AT, place.saturating_add(to - from));
        return;
    }
    mem.set(AT, root::PARTIAL, 0);
}

/// Scans a thread's fields and its stack.
pub fn thread(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    thread_fields(mem, tally, at);
    stack(mem, tally, at, 0, u32::MAX);
    open_upvalues(mem, tally, at);
}

/// Scans a thread that does not run, or begins to: a long stack is scanned in pieces.
fn suspended(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    if mem.get(at, Thread::STACKSIZE) <= STACK_PIECE {
        thread(mem, tally, at);
        return;
    }
    thread_fields(mem, tally, at);
    mem.set(AT, root::PARTIAL, at);
    mem.set(AT, root::PARTIAL_AT, 0);
}

/// Scans the next piece of a suspended thread's stack. One that has run meanwhile is scanned again, and one that runs is last
/// of all.
fn piece_of_stack(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    // A piece that holds nothing is work, too.
    tally.work += 1;
    if at == mem.get(AT, root::THREAD) {
        mem.set(AT, root::PARTIAL, 0);
        return;
    }
    let from = mem.get(AT, root::PARTIAL_AT);
    let to = from.saturating_add(STACK_PIECE);
    if !stack(mem, tally, at, from, to) {
        let open = mem.get(at, Thread::OPEN);
        mem.set(AT, root::PARTIAL, open);
    }
    mem.set(AT, root::PARTIAL_AT, to);
}

/// The open upvalue at `at` is about to be closed. If the collector is among those of its thread it need not go on with them: that
/// thread runs, or is going to be scanned again.
#[inline]
pub fn leave_open(mem: &mut Mem<'_>, at: u32) {
    if mem.get(AT, root::PARTIAL) != 0 && is_among_open(mem, mem.get(at, Upval::OWNER)) {
        mem.set(AT, root::PARTIAL, 0);
    }
}

/// Whether the open upvalues of a thread are being marked in pieces.
pub fn is_among_open(mem: &Mem<'_>, thread: u32) -> bool {
    let partial = mem.get(AT, root::PARTIAL);
    partial != 0
        && mem.get(partial, KIND) == Upval::KIND
        && is_open(mem, Upval(partial))
        && mem.get(partial, Upval::OWNER) == thread
}

/// Marks some of a thread's open upvalues, from one on. It is open, or [`leave_open`] has been told.
fn piece_of_open(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let (mut next, mut count) = (at, 0);
    while next != 0 && count < PIECE {
        next = open_upvalue(mem, tally, next);
        count += 1;
    }
    // Each lies in a place of its own, and so does its slot.
    tally.work += 2 * u64::from(count);
    mem.set(AT, root::PARTIAL, next);
}

fn open_upvalues(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let mut open = mem.get(at, Thread::OPEN);
    while open != 0 {
        open = open_upvalue(mem, tally, open);
    }
}

/// Scans what a thread has but its stack and its open upvalues.
pub fn thread_fields(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    keep_stacks(mem, tally, at);
    let env = mem.get(at, Thread::ENV);
    object(mem, tally, env);
    let resumer = mem.get(at, Thread::RESUMER);
    object(mem, tally, resumer);
    let hook = Value(mem.get(at, Thread::HOOK));
    value(mem, tally, hook);
    // A thread has parts in many places.
    tally.work += 8;
}

/// Scans the bytes of a thread's stack from `from` to `to`, as far as there are any; tells whether there are more.
pub fn stack(mem: &mut Mem<'_>, tally: &mut Tally, at: u32, from: u32, to: u32) -> bool {
    let stack = mem.get(at, Thread::STACK);
    let size = mem.get(at, Thread::STACKSIZE);
    let live = mem.get(at, Thread::TOP).saturating_sub(stack).min(size);
    let to = to.min(size);
    let seen = to.min(live).saturating_sub(from);
    // All of a stack is written or read.
    tally.work += u64::from(seen) / 32 + u64::from(to.saturating_sub(from)) / 128;
    for slot in (from..to.min(live)).step_by(8) {
        value_at(mem, tally, stack.wrapping_add(slot));
    }
    // Slots above the live part may hold references to what this collection frees: they become nil.
    let unused = from.max(live);
    if unused < to {
        mem.bytes_mut(stack.wrapping_add(unused), to - unused)
            .fill(0xff);
    }
    to < size
}

/// Marks an open upvalue of a thread; gives the next one.
pub fn open_upvalue(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) -> u32 {
    object(mem, tally, at);
    mem.get(at, Upval::NEXT)
}

/// Keeps a thread's two stacks, which are counted once however often the thread is scanned.
fn keep_stacks(mem: &mut Mem<'_>, tally: &mut Tally, at: u32) {
    let counted = tally.bytes;
    let stack = mem.get(at, Thread::STACK);
    let size = mem.get(at, Thread::STACKSIZE);
    keep(mem, tally, stack, u64::from(size));
    let frames = mem.get(at, Thread::FRAMES);
    let frames_size = u32::from(mem.get(at, Thread::CAPACITY)) * frame::SIZE;
    keep(mem, tally, frames, u64::from(frames_size));
    let cycle = mem.get(AT, root::CYCLE);
    if mem.get(at, Thread::COUNTED) == cycle {
        tally.bytes = counted;
    }
    mem.set(at, Thread::COUNTED, cycle);
}
