//! Sweeping: dead strings leave the string table, lines and blocks that nothing lies in become free.
//! Must not visit objects that are no strings.

use super::mark;
use super::{LINES_PER_BLOCK, line, owner, side_tables, state};
use crate::data::interned::unlink_if;
use crate::host::Mem;
use crate::objects::root::{self, AT};

/// Takes dead strings out of the buckets from `SWEEP_AT` on, up to about `limit` units of work; tells
/// whether the last bucket is done.
pub fn strings(mem: &mut Mem<'_>, limit: u64) -> (u64, bool) {
    let end = mem.get(AT, root::SWEEP_END);
    let from = mem.get(AT, root::SWEEP_AT);
    // Half the buckets have a string, and looking at one costs about a unit.
    let buckets = limit.saturating_mul(2).min(u64::from(end)) as u32;
    let to = from.saturating_add(buckets.max(1)).min(end);
    for bucket in from..to {
        unlink_if(mem, bucket, |mem, s| !mark::is_marked(mem, s.0));
    }
    mem.set(AT, root::SWEEP_AT, to);
    (u64::from(to.saturating_sub(from)) / 2 + 1, to >= end)
}

/// Begins to sweep the string table. What it gets from now on has no dead strings.
pub fn begin_strings(mem: &mut Mem<'_>) {
    let end = mem.get(AT, root::STRING_LIMIT);
    mem.set(AT, root::SWEEP_AT, 0);
    mem.set(AT, root::SWEEP_END, end);
}

/// What looking through the string table costs a program.
pub fn price_of_strings(mem: &Mem<'_>) -> u64 {
    u64::from(mem.get(AT, root::STRING_MASK)) / 8
}

/// Blocks without a kept line become free, large objects that were not reached give theirs back.
pub fn blocks(mem: &mut Mem<'_>) {
    let top = mem.get(AT, root::TOP_BLOCK);
    let states = mem.get(AT, root::STATES);
    let mut used = 0;
    let mut keep_tail = false;
    let mut first_free = top;
    for block in mem.get(AT, root::FIRST_BLOCK)..top {
        let old = mem.load::<u8>(states + block);
        let new = match state::kind(old) {
            state::SMALL if settle_lines(mem, block) => state::SMALL,
            state::LARGE_MARKED | state::LARGE_NEW => {
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
        let new = match new {
            state::FREE => state::FREE,
            kind => state::with_kind(old, kind),
        };
        if new != old {
            mem.store::<u8>(states + block, new);
        }
    }
    mem.set(AT, root::USED_BLOCKS, used);
    owner::recount(mem);
    mem.set(AT, root::FREE_HINT, first_free);
}

/// Makes the lines that the cycle keeps the old ones of a block and the others free; tells whether there
/// are any.
fn settle_lines(mem: &mut Mem<'_>, block: u32) -> bool {
    let lines = mem.get(AT, root::LINES) + block * LINES_PER_BLOCK;
    let mut any = 0;
    for mark in mem.bytes_mut(lines, LINES_PER_BLOCK) {
        // Kept ones become old ones, old ones 0.
        *mark >>= 1;
        any |= *mark;
    }
    any != 0
}

/// Takes back what an unfinished cycle has noted about lines and blocks.
pub fn forget_marks(mem: &mut Mem<'_>) {
    let [_, (lines, size), _] = side_tables(mem);
    for mark in mem.bytes_mut(lines, size) {
        *mark = line::OLD.min(*mark);
    }
    let top = mem.get(AT, root::TOP_BLOCK);
    let first = mem.get(AT, root::FIRST_BLOCK);
    let states = mem.get(AT, root::STATES) + first;
    for noted in mem.bytes_mut(states, top - first) {
        if matches!(state::kind(*noted), state::LARGE_MARKED | state::LARGE_NEW) {
            *noted = state::with_kind(*noted, state::LARGE_HEAD);
        }
    }
}
