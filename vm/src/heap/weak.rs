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

/// Makes those weak tables gray again that have become weak in another way since they were scanned.
pub fn recheck(mem: &mut Mem<'_>) {
    let mut table = mem.get(AT, root::WEAK);
    mem.set(AT, root::WEAK, 0);
    while table != 0 {
        let next = mem.get(table, Table::GRAY);
        let list = match has_changed(mem, table) {
            true => root::GRAY,
            false => root::WEAK,
        };
        let head = mem.get(AT, list);
        mem.set(table, Table::GRAY, head);
        mem.set(AT, list, table);
        table = next;
    }
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

/// Removes dead entries from all weak tables that marking met.
pub fn clear_tables(mem: &mut Mem<'_>, tally: &mut Tally) {
    let mut table = mem.get(AT, root::WEAK);
    while table != 0 {
        clear_array(mem, tally, table);
        clear_nodes(mem, tally, table);
        table = mem.get(table, Table::GRAY);
    }
    mem.set(AT, root::WEAK, 0);
}

fn clear_array(mem: &mut Mem<'_>, tally: &mut Tally, table: u32) {
    if mem.get(table, Table::WEAKNESS) & VALUES == 0 {
        return;
    }
    let array = mem.get(table, Table::ARRAY).wrapping_add(8);
    for i in 0..mem.get(table, Table::ASIZE) {
        let at = array.wrapping_add(i * 8);
        let v = Value(mem.load(at));
        if is_gone(mem, tally, v, false) {
            mem.store(at, Value::NIL.0);
        }
    }
}

fn clear_nodes(mem: &mut Mem<'_>, tally: &mut Tally, table: u32) {
    let nodes = mem.get(table, Table::NODE);
    for i in 0..node_count(mem, table) {
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

/// Moves unmarked userdata with a finalizer to the end of the due list, keeping their order,
/// and unlinks the other unmarked ones. Nothing that is due waits any longer.
pub fn separate(mem: &mut Mem<'_>) {
    if mem.get(AT, root::IN_FINALIZER) == FINALIZERS_WAIT {
        mem.set(AT, root::IN_FINALIZER, 0);
    }
    separate_if(mem, |mem, at| !is_marked(mem, at));
}

/// Moves all userdata with a finalizer to the end of the due list, keeping their order: the end of a guest.
pub fn separate_all(mem: &mut Mem<'_>) {
    separate_if(mem, has_finalizer);
}

fn separate_if(mem: &mut Mem<'_>, leaves: impl Fn(&Mem<'_>, u32) -> bool) {
    let mut link = None;
    let mut at = mem.get(AT, root::USERDATA);
    let mut due_tail = list_tail(mem, mem.get(AT, root::FINALIZE));
    while at != 0 {
        let next = mem.get(at, Userdata::NEXT);
        if !leaves(mem, at) {
            link = Some(at);
        } else {
            match link {
                Some(previous) => mem.set(previous, Userdata::NEXT, next),
                None => mem.set(AT, root::USERDATA, next),
            }
            if has_finalizer(mem, at) {
                userdata::set_final(mem, at, FINAL_PENDING);
                mem.set(at, Userdata::NEXT, 0);
                match due_tail {
                    Some(tail) => mem.set(tail, Userdata::NEXT, at),
                    None => mem.set(AT, root::FINALIZE, at),
                }
                due_tail = Some(at);
            } else if matches!(mem.get(at, Userdata::CLASS), HELD_FUNCTION | HELD_VALUE) {
                let payload = mem.get(at, Userdata::PAYLOAD);
                mem.host_mut().released.push(payload);
            }
        }
        at = next;
    }
}

fn list_tail(mem: &Mem<'_>, mut at: u32) -> Option<u32> {
    let mut tail = None;
    while at != 0 {
        tail = Some(at);
        at = mem.get(at, Userdata::NEXT);
    }
    tail
}

fn has_finalizer(mem: &Mem<'_>, at: u32) -> bool {
    let metatable = mem.get(at, Userdata::META);
    userdata::final_of(mem, at) == FINAL_NONE
        && metatable != 0
        && !meta::event_of(mem, Table(metatable), Event::Gc).is_nil()
}

/// Marks the userdata whose finalizers are due, so that they can run.
pub fn mark_due(mem: &mut Mem<'_>, tally: &mut Tally) {
    let mut at = mem.get(AT, root::FINALIZE);
    while at != 0 {
        mark::object(mem, tally, at);
        at = mem.get(at, Userdata::NEXT);
    }
}
