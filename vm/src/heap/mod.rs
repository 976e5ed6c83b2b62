//! The heap: allocation, marking, sweeping. Knows objects and offsets.
//! Must not know opcodes, prices or the host's world.
//!
//! Memory is cut into blocks of 32 KiB and lines of 128 bytes. Objects never move. A cycle of the collector
//! marks objects in a side bitmap and the lines they touch in a side table; afterwards unmarked lines are
//! holes that allocation bumps through (a mark-region heap), so no object is swept one by one.
//! Objects larger than half a block get whole blocks of their own.
//!
//! A cycle is done in pieces while the program runs. What the program makes meanwhile counts as marked, and
//! what it stores into an object is marked by the barrier.

pub mod alloc;
pub mod audit;
pub mod barrier;
pub(crate) mod behind;
pub mod collect;
mod cycle;
pub mod limit;
pub mod mark;
pub mod owner;
mod roots;
pub mod stage;
pub(crate) mod sweep;
pub mod weak;

pub use alloc::{alloc, free_large, grown, in_use};
pub use collect::{collect, due};
pub(crate) use roots::forget_fresh;

use crate::host::Mem;
use crate::objects::root::{self, AT};

/// The guest's memory limit was reached and a collection did not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoMemory;

/// Bytes of a block.
pub const BLOCK: u32 = 32 * 1024;
/// Bytes of a line.
pub const LINE: u32 = 128;
/// Lines of a block.
pub const LINES_PER_BLOCK: u32 = BLOCK / LINE;
/// Bytes of mark bits for a block: a bit for 16 bytes.
pub const MARKS_PER_BLOCK: u32 = BLOCK / 128;
/// Objects above this size get blocks of their own.
pub const LARGE: u32 = BLOCK / 2;
/// Largest request that is considered at all.
pub const HUGE: u64 = 1 << 31;

/// The blocks that have ever been used, as offset and length.
pub fn used_blocks(mem: &Mem<'_>) -> (u32, u32) {
    let first = mem.get(AT, root::FIRST_BLOCK);
    let count = mem.get(AT, root::TOP_BLOCK) - first;
    (first * BLOCK, count * BLOCK)
}

/// What the side tables hold about those blocks, as offset and length: states, line marks, mark bits.
pub fn side_tables(mem: &Mem<'_>) -> [(u32, u32); 3] {
    let first = mem.get(AT, root::FIRST_BLOCK);
    let count = mem.get(AT, root::TOP_BLOCK) - first;
    [
        (root::STATES, 1),
        (root::LINES, LINES_PER_BLOCK),
        (root::MARKS, MARKS_PER_BLOCK),
    ]
    .map(|(table, size)| (mem.get(AT, table) + first * size, count * size))
}

/// Has the system give the memory of the root page, and of the first blocks that come to so many bytes, with what the side
/// tables hold about them.
pub fn commit(mem: &mut Mem<'_>, bytes: u64) {
    let first = mem.get(AT, root::FIRST_BLOCK);
    let most = mem.get(AT, root::END_BLOCK).saturating_sub(first);
    let count = (bytes / u64::from(BLOCK)).min(u64::from(most)) as u32;
    mem.commit(0, root::SIDE_TABLES);
    let tables = [
        (root::STATES, 1),
        (root::LINES, LINES_PER_BLOCK),
        (root::MARKS, MARKS_PER_BLOCK),
    ];
    for (table, size) in tables {
        let at = mem.get(AT, table) + first * size;
        mem.commit(at, at + count * size);
    }
    mem.commit(first * BLOCK, (first + count) * BLOCK);
}

/// Block states in the side table: what lies in a block, and the ring that pays for it.
pub mod state {
    use crate::ring::Ring;

    /// The bits of what lies in the block.
    const KIND: u8 = 15;

    /// What lies in the block.
    #[inline(always)]
    pub const fn kind(byte: u8) -> u8 {
        byte & KIND
    }

    /// The same block with something else in it.
    #[inline(always)]
    pub const fn with_kind(byte: u8, kind: u8) -> u8 {
        byte & !KIND | kind
    }

    /// The bits of a block's owner: none for the ring that most programs run in.
    #[inline(always)]
    pub const fn owned_by(ring: Ring) -> u8 {
        (ring.number() ^ Ring::Application.number()) << 4
    }

    /// The ring that pays for the block.
    #[inline(always)]
    pub const fn owner(byte: u8) -> Ring {
        match Ring::new(byte >> 4 ^ Ring::Application.number()) {
            Some(ring) => ring,
            None => Ring::Plugin,
        }
    }

    /// Nothing lives here.
    pub const FREE: u8 = 0;
    /// Small and medium objects.
    pub const SMALL: u8 = 1;
    /// First block of a large object.
    pub const LARGE_HEAD: u8 = 2;
    /// First block of a large object that the running cycle has reached.
    pub const LARGE_MARKED: u8 = 3;
    /// Further block of a large object.
    pub const LARGE_TAIL: u8 = 4;
    /// First block of a large object that was made while the running cycle was under way.
    pub const LARGE_NEW: u8 = 5;
}

/// Line marks in the side table; 0 is a line without objects.
pub mod line {
    /// Had objects when the last cycle ended, or belongs to a block taken since.
    pub const OLD: u8 = 1;
    /// Has objects that the running cycle keeps.
    pub const KEPT: u8 = 2;
}

/// What the collector is doing: values of `root::PHASE`.
pub mod phase {
    /// Nothing: no cycle runs.
    pub const IDLE: u32 = 0;
    /// Marking. What is stored into an object must be marked.
    pub const MARK: u32 = 1;
    /// Everything reachable is marked; dead strings are taken out of the string table.
    pub const SWEEP: u32 = 2;
}

/// What tests ask for: values of `root::GC_STRESS`.
pub mod stress {
    /// A whole collection at every safepoint.
    pub const WHOLE: u32 = 1;
    /// The smallest step of a cycle at every safepoint.
    pub const STEPS: u32 = 2;
}
