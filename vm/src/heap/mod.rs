//! The heap: allocation, marking, sweeping. Knows objects and offsets.
//! Must not know opcodes, prices or the host's world.
//!
//! Memory is cut into blocks of 32 KiB and lines of 128 bytes. Objects never move. A collection marks
//! objects in a side bitmap and the lines they touch in a side table; afterwards unmarked lines are
//! holes that allocation bumps through (a mark-region heap), so no object is swept one by one.
//! Objects larger than half a block get whole blocks of their own.

pub mod alloc;
pub mod collect;
pub mod mark;
pub mod weak;

pub use alloc::{alloc, free_large, grown, in_use};
pub use collect::{collect, due};

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
/// Objects above this size get blocks of their own.
pub const LARGE: u32 = BLOCK / 2;
/// Largest request that is considered at all.
pub const HUGE: u64 = 1 << 31;

/// Where a guest has bytes: below an offset, and from some more offsets on so many.
pub fn places(mem: &Mem<'_>) -> (u32, [(u32, u32); 3]) {
    let blocks = mem.get(AT, root::TOP_BLOCK);
    let side = [
        (mem.get(AT, root::STATES), blocks),
        (mem.get(AT, root::LINES), blocks * LINES_PER_BLOCK),
        (mem.get(AT, root::MARKS), blocks * (BLOCK / 128)),
    ];
    (blocks * BLOCK, side)
}

/// Block states in the side table.
pub mod state {
    /// Nothing lives here.
    pub const FREE: u8 = 0;
    /// Small and medium objects.
    pub const SMALL: u8 = 1;
    /// First block of a large object.
    pub const LARGE_HEAD: u8 = 2;
    /// First block of a large object that the running collection has reached.
    pub const LARGE_MARKED: u8 = 3;
    /// Further block of a large object.
    pub const LARGE_TAIL: u8 = 4;
}
