//! Where marking begins: what the root page refers to. Must not visit objects.

use super::mark::{self, Tally};
use crate::host::Mem;
use crate::objects::Thread;
use crate::objects::root::{self, AT};

/// Marks what the root page refers to.
pub fn mark(mem: &mut Mem<'_>, tally: &mut Tally) {
    // The running thread's extent is kept in the root page while it runs.
    let thread = mem.get(AT, root::THREAD);
    let top = mem.get(AT, root::TOP);
    let open = mem.get(AT, root::OPEN);
    mem.set(thread, Thread::TOP, top);
    mem.set(thread, Thread::OPEN, open);
    for field in [
        root::THREAD,
        root::MAIN,
        root::GLOBALS,
        root::REGISTRY,
        root::HANDLES,
        root::MEMORY_MESSAGE,
        root::ANCHOR,
        root::LOADED,
        root::UNFINISHED,
    ] {
        let at = mem.get(AT, field);
        mark::object(mem, tally, at);
    }
    for i in 0..16 {
        let at = mem.load(AT + u32::from(root::TYPE_META) + i * 4);
        mark::object(mem, tally, at);
    }
    for i in 0..32 {
        let at = mem.load(AT + u32::from(root::EVENTS) + i * 4);
        mark::object(mem, tally, at);
    }
    for byte in 0..=255u8 {
        let at = mem.load(root::single(byte));
        mark::object(mem, tally, at);
    }
}

/// Keeps what was made most recently: in the middle of an allocation only running code knows of it.
pub fn mark_fresh(mem: &mut Mem<'_>, tally: &mut Tally) {
    for i in 0..mem.get(AT, root::FRESH_COUNT).min(root::FRESH_LEN) {
        let at = mem.load(AT + u32::from(root::FRESH) + i * 4);
        mark::object(mem, tally, at);
    }
    for i in 0..mem.get(AT, root::BLOB_COUNT).min(root::BLOBS_LEN) {
        let entry = AT + u32::from(root::BLOBS) + i * 8;
        let (at, size) = (mem.load(entry), mem.load::<u32>(entry + 4));
        mark::keep(mem, tally, at, u64::from(size));
    }
}

/// Forgets what was made most recently. An instruction, and each step of a native, begins with this: what one before has made
/// is held by something, or is garbage, and hot code does not note what it makes.
#[inline]
pub fn forget_fresh(mem: &mut Mem<'_>) {
    mem.set(AT, root::NEW_COUNTS, 0);
}
