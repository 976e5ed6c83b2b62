//! Sweeping: dead strings leave the string table, lines and blocks that nothing lies in become free.
//! Must not visit objects that are no strings.

use super::mark;
use super::{LINES_PER_BLOCK, MARKS_PER_BLOCK, line, owner, state};
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

/// How far blocks have become free.
#[derive(Debug, Clone, Copy)]
pub struct Settling {
    /// The next block.
    block: u32,
    /// Those below that are in use, for each ring.
    used: [u32; 4],
    /// The first of them that is free, or the next one.
    first_free: u32,
    /// The next block belongs to a large object that stays.
    keeps_tail: bool,
}

impl Settling {
    /// Begins with the first block.
    pub fn begin(mem: &Mem<'_>) -> Settling {
        let first = mem.get(AT, root::FIRST_BLOCK);
        Settling {
            block: first,
            used: [0; 4],
            first_free: u32::MAX,
            keeps_tail: false,
        }
    }

    /// Blocks without a kept line become free, large objects that were not reached give theirs back: up to `count` blocks.
    /// Tells whether there are more.
    pub fn go_on(&mut self, mem: &mut Mem<'_>, count: u32) -> bool {
        let top = mem.get(AT, root::TOP_BLOCK);
        let end = self.block.saturating_add(count).min(top);
        for block in self.block..end {
            self.settle(mem, block);
        }
        self.block = end;
        if end < top {
            return true;
        }
        mem.set(AT, root::USED_BLOCKS, self.used.iter().sum());
        owner::set_counts(mem, self.used);
        mem.set(AT, root::FREE_HINT, self.first_free.min(top));
        false
    }

    fn settle(&mut self, mem: &mut Mem<'_>, block: u32) {
        let at = mem.get(AT, root::STATES) + block;
        let old = mem.load::<u8>(at);
        let new = match state::kind(old) {
            state::SMALL if settle_lines(mem, block) => state::SMALL,
            state::LARGE_MARKED | state::LARGE_NEW => {
                self.keeps_tail = true;
                state::LARGE_HEAD
            }
            state::LARGE_HEAD => {
                self.keeps_tail = false;
                state::FREE
            }
            state::LARGE_TAIL if self.keeps_tail => state::LARGE_TAIL,
            _ => state::FREE,
        };
        let new = match new {
            state::FREE => {
                self.first_free = self.first_free.min(block);
                state::FREE
            }
            kind => {
                if let Some(used) = self.used.get_mut(usize::from(state::owner(old).number())) {
                    *used += 1;
                }
                state::with_kind(old, kind)
            }
        };
        if new != old {
            mem.store::<u8>(at, new);
        }
    }
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

/// Takes back what an unfinished cycle has noted about lines and blocks, and clears its marks: of blocks that exist, from
/// `from` up to `to`.
pub fn forget_marks(mem: &mut Mem<'_>, from: u32, to: u32) {
    let count = to - from;
    let lines = mem.get(AT, root::LINES) + from * LINES_PER_BLOCK;
    for mark in mem.bytes_mut(lines, count * LINES_PER_BLOCK) {
        *mark = line::OLD.min(*mark);
    }
    let marks = mem.get(AT, root::MARKS) + from * MARKS_PER_BLOCK;
    mem.bytes_mut(marks, count * MARKS_PER_BLOCK).fill(0);
    let states = mem.get(AT, root::STATES) + from;
    for noted in mem.bytes_mut(states, count) {
        if matches!(state::kind(*noted), state::LARGE_MARKED | state::LARGE_NEW) {
            *noted = state::with_kind(*noted, state::LARGE_HEAD);
        }
    }
}
