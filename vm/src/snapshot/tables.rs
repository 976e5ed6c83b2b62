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
/// No node.
const NONE: u32 = u32::MAX;
/// No chain has come to a node yet.
const NEW: u32 = u32::MAX;

/// Room for the check of one table's chains, used again for the next.
#[derive(Default)]
pub(super) struct Scratch {
    /// What is asked of each node.
    links: Vec<Link>,
    /// When the walk along the chains came to each node that has a chain.
    order: Vec<u32>,
}

/// How a node hangs together with others, by their numbers.
#[derive(Clone, Copy)]
struct Link {
    /// The next one, `NONE` at a chain's end.
    next: u32,
    /// The node that its key belongs to; itself when it has no entry.
    main: u32,
    is_free: bool,
    /// Whether some node has this one as its next.
    is_next: bool,
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

/// Chains do not meet and do not end in themselves, free nodes are in none, and an entry comes behind the
/// node that its key belongs to, or is in that node: so has the machine made them.
fn check_chains(walk: &Walk<'_, '_>, nodes: u32, count: u32, scratch: &mut Scratch) -> Check {
    let Scratch { links, order } = scratch;
    links.clear();
    for i in 0..count {
        links.push(link_of(walk, nodes, count, i)?);
    }
    for i in 0..links.len() {
        let Some(&Link { next, is_free, .. }) = links.get(i).filter(|link| link.next != NONE)
        else {
            continue;
        };
        match links.get_mut(next as usize) {
            Some(next) if !next.is_next && !is_free && !next.is_free => next.is_next = true,
            _ => return Err(Flaw::new("chains that meet", nodes)),
        }
    }
    order.clear();
    order.resize(links.len(), NEW);
    let mut time = 0;
    for (first, link) in (0..).zip(links.iter()) {
        match link {
            Link { is_next: true, .. } => {}
            // A chain of one node, as most are.
            Link { next: NONE, .. } if link.main == first => time += 1,
            _ => time = check_chain(nodes, links, first, (time, order))?,
        }
    }
    match time == count {
        true => Ok(()),
        false => Err(Flaw::new("a chain without an end", nodes)),
    }
}

/// What is to be known of a node. An entry has a key that keys can be.
fn link_of(walk: &Walk<'_, '_>, nodes: u32, count: u32, i: u32) -> Check<Link> {
    let (mem, n) = (walk.mem, nodes + i * node::SIZE);
    let key = Value(mem.get(n, node::KEY));
    let main = match Value(mem.get(n, node::VALUE)).is_nil() {
        true => i,
        false => {
            let hash = Str::of(key).map_or(0, |s| mem.get(s.0, Str::HASH));
            let is_no_key = key.is_nil() || key.as_number().is_some_and(f64::is_nan);
            if is_no_key || mem.get(n, node::HASH) != hash {
                return Err(Flaw::new("an entry that its key does not find", n));
            }
            table::main_index(key, count - 1, |_| hash)
        }
    };
    let next = match mem.get(n, node::NEXT) {
        0 => NONE,
        next => {
            let by = next.wrapping_sub(nodes);
            if by >= count * node::SIZE || !by.is_multiple_of(node::SIZE) {
                return Err(Flaw::new("a chain that leaves its table", nodes));
            }
            by / node::SIZE
        }
    };
    Ok(Link {
        next,
        main,
        is_free: key.is_nil(),
        is_next: false,
    })
}

/// Follows the chain that begins with a node, from a time on; gives the time at its end. It ends, because no two
/// nodes have the same next one, and the first is nobody's.
fn check_chain(
    nodes: u32,
    links: &[Link],
    first: u32,
    (began, order): (u32, &mut [u32]),
) -> Check<u32> {
    let (mut time, mut i) = (began, first);
    while let (Some(link), Some(seen)) = (links.get(i as usize), order.get_mut(i as usize)) {
        *seen = time;
        time += 1;
        let when = order.get(link.main as usize).copied().unwrap_or(NEW);
        if when == NEW || when < began {
            let n = nodes + i * node::SIZE;
            return Err(Flaw::new("an entry that its key does not find", n));
        }
        i = link.next;
    }
    Ok(time)
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
