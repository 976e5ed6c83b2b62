//! Full userdata: a payload number that the host or a library interprets, with metatable and environment.

use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Table, Userdata};

/// `Userdata::CLASS` of what stands for a function of the host; the payload is its number.
pub const HELD_FUNCTION: u32 = 3;
/// `Userdata::CLASS` of what stands for a value of the host; the payload is its number.
pub const HELD_VALUE: u32 = 4;

/// A userdata of class `class` (what the payload means) with its payload, linked for finalization.
pub fn new(
    mem: &mut Mem<'_>,
    class: u32,
    payload: u64,
    meta: Option<Table>,
    env: Table,
) -> Result<Userdata, NoMemory> {
    let at = alloc::alloc_object(mem, u64::from(Userdata::SIZE), Userdata::KIND)?;
    let head = mem.get(AT, root::USERDATA);
    barrier::link(mem, at, Userdata::META, meta.map_or(0, |t| t.0));
    barrier::link(mem, at, Userdata::ENV, env.0);
    mem.set(at, Userdata::NEXT, head);
    mem.set(at, Userdata::PAYLOAD, payload);
    mem.set(at, Userdata::CLASS, class);
    mem.set(AT, root::USERDATA, at);
    Ok(Userdata(at))
}
