//! The walk's visit of a table: its parts, its entries and the chains that they hang in.

use super::walk::{Check, Walk};
use super::{Flaw, cycle};
use crate::data::table;
use crate::heap::mark::node_count;
use crate::heap::weak;
use crate::objects::{Str, Table, node, root};
use crate::value::Value;

/// Largest part of a table.
const MOST_PLACES: u32 = 1 << 26;
/// No chain has come to a node yet.
const NEW: u32 = u32::MAX;

/// Room for the check of one table's chains, used again for the next.
#[derive(Default)]
pub(super) struct Scratch {
    /// When the walk along the chains came to each node.
    order: Vec<u32>,
    /// Whether some node has this one as its next.
    is_next: Vec<bool>,
}

pub(super) fn visit(walk: &mut Walk<'_, '_>, at: u32) -> Check {
    let mem = walk.mem;
    walk.tables.push(at);
    walk.optional(mem.get(at, Table::META), Table::KIND)?;
    let size = mem.get(at, Table::ASIZE);
    let array = mem.get(at, Table::ARRAY).wrapping_add(8);
    let (nodes, count) = (mem.get(at, Table::NODE), node_count(mem, at));
    if size > MOST_PLACES || count > MOST_PLACES {
        return Err(Flaw::new("a table of no size", at));
    }
    walk.part(array, size, 8)?;
    walk.part(nodes, count, node::SIZE)?;
    let (is_strong, weakness) = (walk.must_be_marked, cycle::weakness(walk, at));
    walk.must_be_marked = is_strong && weakness & weak::VALUES == 0;
    walk.values(array, size)?;
    for i in 0..count {
        let n = nodes + i * node::SIZE;
        let held = Value(mem.get(n, node::VALUE));
        // What was a key once may be gone.
        if !held.is_nil() {
            walk.must_be_marked = is_strong && weakness & weak::KEYS == 0;
            walk.value(Value(mem.get(n, node::KEY)))?;
            walk.must_be_marked = is_strong && weakness & weak::VALUES == 0;
            walk.value(held)?;
        }
    }
    match walk.is_strict {
        true => check_nodes(walk, at, nodes, count),
        false => Ok(()),
    }
}

fn check_nodes(walk: &mut Walk<'_, '_>, at: u32, nodes: u32, count: u32) -> Check {
    let free = walk.mem.get(at, Table::LASTFREE).wrapping_sub(nodes);
    let mask = walk.mem.get(at, Table::HMASK);
    let fits = match count {
        0 => mask == 0 && free == 0,
        _ => {
            count.is_power_of_two() && free <= count * node::SIZE && free.is_multiple_of(node::SIZE)
        }
    };
    if !fits {
        return Err(Flaw::new("a table whose nodes do not fit", at));
    }
    if count == 0 {
        return Ok(());
    }
    let mut scratch = std::mem::take(&mut walk.scratch);
    let result = check_chains(walk, nodes, count, &mut scratch);
    walk.scratch = scratch;
    result
}

/// The number of the next node, `None` at a chain's end.
fn next_of(walk: &Walk<'_, '_>, nodes: u32, count: u32, i: u32) -> Check<Option<u32>> {
    let next = walk.mem.get(nodes + i * node::SIZE, node::NEXT);
    if next == 0 {
        return Ok(None);
    }
    let by = next.wrapping_sub(nodes);
    match by < count * node::SIZE && by.is_multiple_of(node::SIZE) {
        true => Ok(Some(by / node::SIZE)),
        false => Err(Flaw::new("a chain that leaves its table", nodes)),
    }
}

/// Chains do not meet and do not end in themselves, free nodes are in none, and an entry comes behind the
/// node that its key belongs to, or is in that node: so has the machine made them.
fn check_chains(walk: &Walk<'_, '_>, nodes: u32, count: u32, scratch: &mut Scratch) -> Check {
    let Scratch { order, is_next } = scratch;
    order.clear();
    order.resize(count as usize, NEW);
    is_next.clear();
    is_next.resize(count as usize, false);
    for i in 0..count {
        let Some(next) = next_of(walk, nodes, count, i)? else {
            continue;
        };
        let next_is_free = Value(walk.mem.get(nodes + next * node::SIZE, node::KEY)).is_nil();
        let is_free = Value(walk.mem.get(nodes + i * node::SIZE, node::KEY)).is_nil();
        match is_next.get_mut(next as usize) {
            Some(known) if !*known && !is_free && !next_is_free => *known = true,
            _ => return Err(Flaw::new("chains that meet", nodes)),
        }
    }
    let mut time = 0;
    for first in 0..count {
        if is_next.get(first as usize) == Some(&true) {
            continue;
        }
        let began = time;
        let mut i = first;
        loop {
            if let Some(seen) = order.get_mut(i as usize) {
                *seen = time;
            }
            time += 1;
            check_entry(walk, nodes, count, i, (began, order))?;
            match next_of(walk, nodes, count, i)? {
                Some(next) => i = next,
                None => break,
            }
        }
    }
    match time == count {
        true => Ok(()),
        false => Err(Flaw::new("a chain without an end", nodes)),
    }
}

/// Whether the entry in node `i` comes behind the one that its key belongs to, in a chain that began at a
/// time.
fn check_entry(
    walk: &Walk<'_, '_>,
    nodes: u32,
    count: u32,
    i: u32,
    (began, order): (u32, &[u32]),
) -> Check {
    let mem = walk.mem;
    let n = nodes + i * node::SIZE;
    if Value(mem.get(n, node::VALUE)).is_nil() {
        return Ok(());
    }
    let key = Value(mem.get(n, node::KEY));
    let is_nan = key.as_number().is_some_and(f64::is_nan);
    let main = table::main_index(key, count - 1, |s| mem.get(s, Str::HASH));
    let when = order.get(main as usize).copied().unwrap_or(NEW);
    match !key.is_nil() && !is_nan && when != NEW && when >= began {
        true => Ok(()),
        false => Err(Flaw::new("an entry that its key does not find", n)),
    }
}

/// Whether the node that a loop has come to last is one.
pub(super) fn check_step(walk: &Walk<'_, '_>) -> Check {
    let mem = walk.mem;
    let by = mem
        .get(root::AT, root::STEP_NODE)
        .wrapping_sub(mem.get(root::AT, root::STEP_NODES));
    match by.is_multiple_of(node::SIZE) {
        true => Ok(()),
        false => Err(Flaw::new(
            "a loop in no node",
            mem.get(root::AT, root::STEP_NODE),
        )),
    }
}
