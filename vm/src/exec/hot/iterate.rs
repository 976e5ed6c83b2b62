//! The steps of `next` and of the iterator of `ipairs` in generic loops, where they need no call. What is
//! unusual goes to the native itself, which does the same.

use super::table::{Probe, index_slot, is_nil, probe_any};
use super::{Core, Handler, Memory, Regs, become_, dispatch, handler, next};
use crate::exec::cpu::SLOT;
use crate::exec::stubs;
use crate::objects::root::{self, AT};
use crate::objects::{Table, node};
use crate::value::{TAG_TABLE, Value, small_int};
use bvm_cage::Window;

/// Most empty places that a step walks over; the native charges for more.
const PLACES: u32 = 8;

/// How a function with this header is called as an iterator.
#[inline(always)]
pub(super) fn iterator_of_header<S: Memory>(entry: u32) -> Handler<S> {
    match entry {
        stubs::NEXT_HEADER => next_entry,
        stubs::NEXT_INDEX_HEADER => next_index,
        stubs::WRAPPED_HEADER => super::coroutine::wrapped_iterator::<S, false>,
        stubs::NATIVE_HEADER | stubs::PCALL_HEADER | stubs::RESUME_HEADER | stubs::YIELD_HEADER => {
            super::native::call_iterator
        }
        _ if stubs::is_native_entry(entry) => super::native::call_leaf_iterator,
        _ => super::enter::call_iterator,
    }
}

/// An entry of a table, or its end; `Unknown` is up to the native.
enum Entry {
    Slot(u64, u64),
    Node(u32),
    End,
    Unknown,
}

/// The entry behind `key` in the order of the table.
#[inline(always)]
fn entry_behind<S: Memory>(core: &Core<'_, S>, table: u32, key: Value) -> Entry {
    let size = core.get(table, Table::ASIZE);
    let nodes = core.get(table, Table::NODE);
    let index = match small_int(f64::from_bits(key.0)) {
        _ if key.is_nil() => 0,
        Some(i) if (i as u32).wrapping_sub(1) < size => i as u32,
        _ => {
            return match node_of(core, table, key) {
                Some(n) => node_from(core, table, n.wrapping_add(node::SIZE), PLACES),
                None => Entry::Unknown,
            };
        }
    };
    let mut left = PLACES;
    let mut i = index;
    while i < size {
        i += 1;
        if let Some(at) = index_slot(core, table, i) {
            let v = core.load::<u64>(at);
            if !is_nil(v) {
                return Entry::Slot(f64::from(i).to_bits(), v);
            }
        }
        left -= 1;
        if left == 0 {
            return Entry::Unknown;
        }
    }
    node_from(core, table, nodes, left)
}

/// The node of a key that a loop has come to: most often the one that it came to last.
#[inline(always)]
fn node_of<S: Memory>(core: &Core<'_, S>, table: u32, key: Value) -> Option<u32> {
    let nodes = core.get(table, Table::NODE);
    let last = core.get(AT, root::STEP_NODE);
    let bytes = core
        .get(table, Table::HMASK)
        .wrapping_add(1)
        .wrapping_mul(node::SIZE);
    if core.get(AT, root::STEP_NODES) == nodes
        && last.wrapping_sub(nodes) < bytes
        && core.get(last, node::KEY) == key.0
    {
        return Some(last);
    }
    match probe_any(core, table, key) {
        Probe::At(n) if n != root::EMPTY_NODE => Some(n),
        _ => None,
    }
}

/// The first entry in the nodes from `n` on, if it is among the next `left`.
#[inline(always)]
fn node_from<S: Memory>(core: &Core<'_, S>, table: u32, n: u32, left: u32) -> Entry {
    let nodes = core.get(table, Table::NODE);
    if nodes == root::EMPTY_NODE {
        return Entry::End;
    }
    let count = core.get(table, Table::HMASK).wrapping_add(1);
    let end = nodes.wrapping_add(count.wrapping_mul(node::SIZE));
    let mut n = n;
    for _ in 0..left {
        if n >= end {
            return Entry::End;
        }
        let v = core.get(n, node::VALUE);
        if !is_nil(v) {
            return Entry::Node(n);
        }
        n = n.wrapping_add(node::SIZE);
    }
    Entry::Unknown
}

handler! {
    /// A step of `next` over a table.
    #[inline(never)]
    next_entry(r) {
        let a = r.a();
        let t = Value(r.reg(a.wrapping_add(1)));
        let key = Value(r.reg(a.wrapping_add(2)));
        let entry = match t.tag() {
            TAG_TABLE => entry_behind(&r.core, t.payload(), key),
            _ => Entry::Unknown,
        };
        let (key, value) = match entry {
            Entry::Slot(key, value) if r.c() <= 2 => (key, value),
            Entry::Node(n) if r.c() <= 2 => {
                let nodes = r.core.get(t.payload(), Table::NODE);
                r.core.set(AT, root::STEP_NODE, n);
                r.core.set(AT, root::STEP_NODES, nodes);
                (r.core.get(n, node::KEY), r.core.get(n, node::VALUE))
            }
            Entry::End if r.c() <= 2 => (Value::NIL.0, Value::NIL.0),
            _ => become_!(r, super::native::call_leaf_iterator),
        };
        r.set(a.wrapping_add(3), key);
        r.set(a.wrapping_add(4), value);
        next!(r)
    }
}

handler! {
    /// A step of `ipairs` over the array part of a table.
    #[inline(never)]
    next_index(r) {
        let a = r.a();
        let t = Value(r.reg(a.wrapping_add(1)));
        let i = small_int(f64::from_bits(r.reg(a.wrapping_add(2))));
        let place = match (t.tag(), i) {
            (TAG_TABLE, Some(i)) => index_slot(&r.core, t.payload(), (i as u32).wrapping_add(1)),
            _ => None,
        };
        let (Some(at), Some(i), 0..=2) = (place, i, r.c()) else {
            become_!(r, super::native::call_leaf_iterator)
        };
        let v = r.core.load::<u64>(at);
        let key = match is_nil(v) {
            true => Value::NIL.0,
            false => f64::from(i.wrapping_add(1)).to_bits(),
        };
        r.set(a.wrapping_add(3), key);
        r.set(a.wrapping_add(4), v);
        next!(r)
    }
}
