//! Weak tables and finalizers: what a collection does between marking and freeing.

use super::mark::{self, Tally, is_marked, node_count};
use crate::data::userdata::{self, HELD_FUNCTION, HELD_VALUE};
use crate::host::Mem;
use crate::meta::{self, Event};
use crate::objects::root::{self, AT};
use crate::objects::{Str, Table, Userdata, node};
use crate::value::{TAG_STRING, TAG_USERDATA, Value};

/// `Table::WEAKNESS`: its keys are weak.
pub const KEYS: u8 = 1;
/// `Table::WEAKNESS`: its values are weak.
pub const VALUES: u8 = 2;

/// Letters of `__mode` that are looked at.
const MOST_LETTERS: u32 = 256;

/// What is weak in a table with this metatable.
pub fn mode(mem: &Mem<'_>, metatable: u32) -> u8 {
    if metatable == 0 {
        return 0;
    }
    let Some(mode) = Str::of(meta::event_of(mem, Table(metatable), Event::Mode)) else {
        return 0;
    };
    // A C string; and who would hide its letters behind many others?
    let len = mem.get(mode.0, Str::LEN).min(MOST_LETTERS);
    let bytes = mem.bytes(mode.0 + Str::SIZE, len);
    let bytes = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let has = |letter, bit| if bytes.contains(&letter) { bit } else { 0 };
    has(b'k', KEYS) | has(b'v', VALUES)
}

/// Whether a table of the list is weak in another way than when it was scanned.
pub fn has_changed(mem: &Mem<'_>, table: u32) -> bool {
    mode(mem, mem.get(table, Table::META)) != mem.get(table, Table::WEAKNESS)
}

/// Makes the next weak table gray again if it has become weak in another way since it was scanned, and puts it before
/// those that begin at `checked` otherwise. Tells whether there was one.
pub fn recheck(mem: &mut Mem<'_>, checked: &mut u32) -> bool {
    let table = mem.get(AT, root::WEAK);
    if table == 0 {
        mem.set(AT, root::WEAK, *checked);
        return false;
    }
    let next = mem.get(table, Table::GRAY);
    mem.set(AT, root::WEAK, next);
    if has_changed(mem, table) {
        let head = mem.get(AT, root::GRAY);
        mem.set(table, Table::GRAY, head);
        mem.set(AT, root::GRAY, table);
    } else {
        mem.set(table, Table::GRAY, *checked);
        *checked = table;
    }
    true
}

/// Whether a weak reference to `v` has to go. Strings are values and never go: they get marked.
fn is_gone(mem: &mut Mem<'_>, tally: &mut Tally, v: Value, as_key: bool) -> bool {
    if v.tag() == TAG_STRING {
        mark::value(mem, tally, v);
        return false;
    }
    if !v.is_object() {
        return false;
    }
    if !is_marked(mem, v.payload()) {
        return true;
    }
    // A userdata about to be finalized goes from weak values, but stays a key for its finalizer.
    v.tag() == TAG_USERDATA && !as_key && userdata::final_of(mem, v.payload()) == FINAL_PENDING
}

/// [`userdata::final_of`]: its finalizer has not been considered yet.
pub const FINAL_NONE: u8 = 0;
/// [`userdata::final_of`]: its finalizer is due.
pub const FINAL_PENDING: u8 = 1;
/// [`userdata::final_of`]: its finalizer has run.
pub const FINAL_DONE: u8 = 2;

/// `root::IN_FINALIZER`: what is due waits for the next collection, because a finalizer has ended by an error.
/// Other numbers but 0 mean that one runs.
pub const FINALIZERS_WAIT: u32 = 2;

/// Removes dead entries from the first weak table that marking met, from the place `from` on, of which there are as many
/// as array slots and nodes: `count` of them. Tells where it goes on, and nothing when the table is done.
pub fn clear(mem: &mut Mem<'_>, tally: &mut Tally, from: u32, count: u32) -> Option<u32> {
    let table = mem.get(AT, root::WEAK);
    let (size, nodes) = (mem.get(table, Table::ASIZE), node_count(mem, table));
    let to = from.saturating_add(count);
    if mem.get(table, Table::WEAKNESS) & VALUES != 0 {
        clear_array(mem, tally, table, (from, to.min(size)));
    }
    let (first, end) = (from.saturating_sub(size), to.saturating_sub(size));
    clear_nodes(mem, tally, table, (first, end.min(nodes)));
    if to < size.saturating_add(nodes) {
        return Some(to);
    }
    let next = mem.get(table, Table::GRAY);
    mem.set(AT, root::WEAK, next);
    None
}

fn clear_array(mem: &mut Mem<'_>, tally: &mut Tally, table: u32, (from, to): (u32, u32)) {
    let array = mem.get(table, Table::ARRAY).wrapping_add(8);
    for i in from..to {
        let at = array.wrapping_add(i * 8);
        let v = Value(mem.load(at));
        if is_gone(mem, tally, v, false) {
            mem.store(at, Value::NIL.0);
        }
    }
}

fn clear_nodes(mem: &mut Mem<'_>, tally: &mut Tally, table: u32, (from, to): (u32, u32)) {
    let nodes = mem.get(table, Table::NODE);
    for i in from..to {
        let n = nodes.wrapping_add(i * node::SIZE);
        let held = Value(mem.get(n, node::VALUE));
        if held.is_nil() {
            super::mark::removed(mem, tally, n);
            continue;
        }
        let key = Value(mem.get(n, node::KEY));
        if is_gone(mem, tally, key, true) || is_gone(mem, tally, held, false) {
            mem.set(n, node::VALUE, Value::NIL.0);
        }
    }
}

/// The places of the weak tables that marking met, and the userdata that there are: about `most` if there are more.
pub fn work(mem: &Mem<'_>, most: u64) -> u64 {
    let mut work = 0;
    let mut table = mem.get(AT, root::WEAK);
    while table != 0 && work < most {
        let places = mem
            .get(table, Table::ASIZE)
            .saturating_add(node_count(mem, table));
        work += 4 + u64::from(places) / 2;
        table = mem.get(table, Table::GRAY);
    }
    for list in [root::USERDATA, root::FINALIZE] {
        let mut at = mem.get(AT, list);
        while at != 0 && work < most {
            work += 1;
            at = mem.get(at, Userdata::NEXT);
        }
    }
    work
}

/// What is due waits no longer: some may come to it now.
pub fn begin_separating(mem: &mut Mem<'_>) {
    if mem.get(AT, root::IN_FINALIZER) == FINALIZERS_WAIT {
        mem.set(AT, root::IN_FINALIZER, 0);
    }
}

/// Moves unmarked userdata with a finalizer to the end of the due list, keeping their order, and unlinks the other
/// unmarked ones: up to `count` of those behind the first of `places`, 0 for all. The second is the last that is due, 0 for
/// none. Tells whether there are more.
pub fn separate(mem: &mut Mem<'_>, places: &mut (u32, u32), count: u32) -> bool {
    separate_if(mem, places, count, |mem, at| !is_marked(mem, at))
}

/// Moves all userdata with a finalizer to the end of the due list, keeping their order: the end of a guest.
pub fn separate_all(mem: &mut Mem<'_>) {
    let mut last = mem.get(AT, root::FINALIZE);
    while last != 0 && mem.get(last, Userdata::NEXT) != 0 {
        last = mem.get(last, Userdata::NEXT);
    }
    separate_if(mem, &mut (0, last), u32::MAX, has_finalizer);
}

fn separate_if(
    mem: &mut Mem<'_>,
    (link, last): &mut (u32, u32),
    count: u32,
    leaves: impl Fn(&Mem<'_>, u32) -> bool,
) -> bool {
    let follow = |mem: &Mem<'_>, link| match link {
        0 => mem.get(AT, root::USERDATA),
        at => mem.get(at, Userdata::NEXT),
    };
    for _ in 0..count {
        let at = follow(mem, *link);
        if at == 0 {
            return false;
        }
        if !leaves(mem, at) {
            *link = at;
            continue;
        }
        let next = mem.get(at, Userdata::NEXT);
        match *link {
            0 => mem.set(AT, root::USERDATA, next),
            previous => mem.set(previous, Userdata::NEXT, next),
        }
        if has_finalizer(mem, at) {
            put_last(mem, last, at);
        } else if matches!(mem.get(at, Userdata::CLASS), HELD_FUNCTION | HELD_VALUE) {
            let payload = mem.get(at, Userdata::PAYLOAD);
            mem.host_mut().released.push(payload);
        }
    }
    true
}

/// The finalizer of the userdata at `at` is due, after that of the one at `last`.
fn put_last(mem: &mut Mem<'_>, last: &mut u32, at: u32) {
    userdata::set_final(mem, at, FINAL_PENDING);
    mem.set(at, Userdata::NEXT, 0);
    match *last {
        0 => mem.set(AT, root::FINALIZE, at),
        tail => mem.set(tail, Userdata::NEXT, at),
    }
    *last = at;
}

fn has_finalizer(mem: &Mem<'_>, at: u32) -> bool {
    let metatable = mem.get(at, Userdata::META);
    userdata::final_of(mem, at) == FINAL_NONE
        && metatable != 0
        && !meta::event_of(mem, Table(metatable), Event::Gc).is_nil()
}
