//! Threads: a value stack and a frame stack each. Must not switch them; the engine does.

use crate::exec::depth::SPARE;
use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::{Table, Thread, frame};
use crate::value::Value;

/// `Thread::STATUS`: can be resumed.
pub const SUSPENDED: u8 = 0;
/// `Thread::STATUS`: runs now.
pub const RUNNING: u8 = 1;
/// `Thread::STATUS`: has resumed another one.
pub const NORMAL: u8 = 2;
/// `Thread::STATUS`: finished, or stopped by an error.
pub const DEAD: u8 = 3;

/// Words of a new stack, the margin included.
const FIRST_STACK: u32 = crate::exec::frame::MARGIN / 8 + 32;
/// Records of a new frame stack.
const FIRST_FRAMES: u32 = 8;

/// A suspended thread with nothing on its stacks.
pub fn new(mem: &mut Mem<'_>, env: Table) -> Result<Thread, NoMemory> {
    let at = alloc::alloc_object(mem, u64::from(Thread::SIZE), Thread::KIND)?;
    mem.bytes_mut(at + 4, Thread::SIZE - 4).fill(0);
    mem.set(at, Thread::HOOK, Value::NIL.0);
    barrier::link(mem, at, Thread::ENV, env.0);
    let stack = alloc::alloc_blob(mem, u64::from(FIRST_STACK) * 8)?;
    mem.bytes_mut(stack, FIRST_STACK * 8).fill(0xff);
    mem.set(at, Thread::STACK, stack);
    mem.set(at, Thread::STACKSIZE, FIRST_STACK * 8);
    mem.set(at, Thread::TOP, stack);
    let frames = alloc::alloc_blob(mem, u64::from(FIRST_FRAMES * frame::SIZE))?;
    mem.bytes_mut(frames, FIRST_FRAMES * frame::SIZE).fill(0);
    mem.set(at, Thread::FRAMES, frames);
    mem.set(at, Thread::CAPACITY, FIRST_FRAMES as u16);
    mem.set(at, Thread::ROOM, (FIRST_FRAMES - SPARE) as u16);
    // The first record's place stays empty: it stands for whoever runs the thread.
    mem.set(at, Thread::FP, frames);
    Ok(Thread(at))
}
