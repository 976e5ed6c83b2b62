//! Full userdata: a payload number that the host or a library interprets, with metatable and environment.

use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Table, Userdata};

/// `Userdata::CLASS` of what stands for a function of the host; the payload is its number.
pub const HELD_FUNCTION: u32 = 3;
/// `Userdata::CLASS` of what stands for a value of the host; the payload is its number.
pub const HELD_VALUE: u32 = 4;

/// Bytes of a unit of `Userdata::ROOM`.
const UNIT: u64 = 64;

/// A userdata of class `class` (what the payload means) with its payload, linked for finalization. So that the guest
/// pays for what it stands for, it takes `outside` bytes more, in units of 64 and up to 4 MiB.
pub fn new(
    mem: &mut Mem<'_>,
    class: u32,
    payload: u64,
    meta: Option<Table>,
    env: Table,
    outside: u64,
) -> Result<Userdata, NoMemory> {
    let room = u16::try_from(outside.div_ceil(UNIT)).unwrap_or(u16::MAX);
    let at = alloc::alloc_object(mem, with_room(room), Userdata::KIND)?;
    mem.set(at, Userdata::ROOM, room);
    let head = mem.get(AT, root::USERDATA);
    barrier::link(mem, at, Userdata::META, meta.map_or(0, |t| t.0));
    barrier::link(mem, at, Userdata::ENV, env.0);
    mem.set(at, Userdata::NEXT, head);
    mem.set(at, Userdata::PAYLOAD, payload);
    mem.set(at, Userdata::CLASS, class);
    mem.set(AT, root::USERDATA, at);
    Ok(Userdata(at))
}

fn with_room(room: u16) -> u64 {
    u64::from(Userdata::SIZE) + u64::from(room) * UNIT
}

/// Bytes that a userdata takes.
pub fn size(mem: &Mem<'_>, at: u32) -> u64 {
    with_room(mem.get(at, Userdata::ROOM))
}
