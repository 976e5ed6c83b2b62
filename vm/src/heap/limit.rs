//! Where there is no room: blocks that are lent beyond the limit, and what waits for a collection. Must not allocate.
//!
//! What asks for memory in vain gets some blocks beyond the limit, and the guest stands soon for a collection. What needs more
//! begins again behind that, if it can. What cannot collects at once.

use super::{BLOCK, NoMemory, alloc, collect, owner};
use crate::host::Mem;
use crate::objects::frame;
use crate::objects::root::{self, AT};

/// Blocks, 256 KiB, that a guest may have beyond its limit from when its memory is full until it stands, and its collector
/// has looked what is free; and then until its host has given it more, if that asks for it.
pub const LENT: u32 = 8;

/// The same in bytes: what a guest that has stopped may have beyond its limit, and whoever restores it must grant.
pub const LENT_BYTES: u64 = LENT as u64 * BLOCK as u64;

/// Lets the guest have some blocks beyond its limit if `count` of them will do: it stands for a collection soon.
pub(crate) fn lend(mem: &mut Mem<'_>, count: u32) -> bool {
    if !mem.host().standing.runs || count > LENT || mem.get(AT, root::MEMORY_LENT) != 0 {
        return false;
    }
    mem.set(AT, root::MEMORY_LENT, LENT);
    mem.set(AT, root::MEMORY_WANTED, 0);
    collect::want(mem);
    true
}

/// Whether what asks for memory now begins again when it gets none, and has not done so already.
pub(super) fn can_wait(mem: &Mem<'_>) -> bool {
    let standing = &mem.host().standing;
    let in_native = mem.get(mem.get(AT, root::FP), frame::KIND) == frame::KIND_NATIVE;
    standing.runs && !standing.is_fixed && (standing.begins_again || !in_native) && !has_waited(mem)
}

/// Whether the last collection was for something that begins again.
pub(crate) fn has_waited(mem: &Mem<'_>) -> bool {
    let cycle = mem.get(AT, root::CYCLE);
    cycle != 0 && mem.host().standing.waited_for == cycle
}

/// Collects at once. What has waited for the last collection has waited for this one, too.
pub(super) fn collect_now(mem: &mut Mem<'_>) {
    let has_waited = has_waited(mem);
    collect::emergency(mem);
    if has_waited {
        note_wait(mem);
    }
}

fn note_wait(mem: &mut Mem<'_>) {
    let cycle = mem.get(AT, root::CYCLE);
    mem.host_mut().standing.waited_for = cycle;
}

/// Whether memory has been collected since blocks were lent, and what asks for more now is too much.
pub(super) fn waits_in_vain(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::MEMORY_LENT) != 0 && mem.get(AT, root::GC_WHOLE) == 0
}

/// An allocation of so many bytes has failed.
pub fn failed(mem: &mut Mem<'_>, bytes: u64) -> NoMemory {
    mem.set(AT, root::MEMORY_WANTED, alloc::blocks_of(bytes));
    NoMemory
}

/// Lets the guest stand for the allocation that has failed last, which will be made again. Tells whether it does.
pub fn wait(mem: &mut Mem<'_>) -> bool {
    let wanted = mem.get(AT, root::MEMORY_WANTED);
    let is_told = mem.get(AT, root::MEMORY_ENDS) != 0 && !owner::is_limited(mem);
    let is_possible = wanted <= mem.get(AT, root::MAX_BLOCKS) && owner::allows(mem, wanted);
    if wanted == 0 || !is_told && (has_waited(mem) || !is_possible) {
        return false;
    }
    if has_waited(mem) {
        // Collecting does not help: more than there is has to be free.
        let used = mem.get(AT, root::USED_BLOCKS);
        let free = mem.get(AT, root::MAX_BLOCKS).saturating_sub(used);
        mem.set(AT, root::MEMORY_LENT, LENT);
        mem.set(AT, root::MEMORY_WANTED, wanted.max(free + 1));
        collect::forget_whole(mem);
        return true;
    }
    let waits = mem.get(AT, root::MEMORY_LENT) != 0 || lend(mem, 1);
    mem.set(AT, root::MEMORY_WANTED, wanted);
    waits
}

/// Whether memory is full beyond what is lent.
pub fn is_full(mem: &mut Mem<'_>) -> bool {
    if mem.get(AT, root::MEMORY_LENT) == 0 {
        return false;
    }
    let wanted = mem.get(AT, root::MEMORY_WANTED);
    let needed = mem.get(AT, root::USED_BLOCKS).saturating_add(wanted);
    let is_full = needed > mem.get(AT, root::MAX_BLOCKS) || owner::is_over(mem, wanted);
    if !is_full {
        if wanted != 0 {
            note_wait(mem);
        }
        has_room(mem);
    }
    is_full
}

/// Memory is no longer full, or nobody waits for more.
pub fn has_room(mem: &mut Mem<'_>) {
    mem.set(AT, root::MEMORY_LENT, 0);
    mem.set(AT, root::MEMORY_WANTED, 0);
    owner::forget_debt(mem);
}
