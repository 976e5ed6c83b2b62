//! Full userdata: a payload number that the host or a library interprets, with metatable and environment.

use crate::heap::weak::FINAL_NONE;
use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Table, Userdata};
use crate::ring::{Ring, Rings};

/// `Userdata::CLASS` of what stands for a function of the host; the payload is its number.
pub const HELD_FUNCTION: u32 = 3;
/// `Userdata::CLASS` of what stands for a value of the host; the payload is its number.
pub const HELD_VALUE: u32 = 4;

/// The bits of `Userdata::FINAL` for what is to become of the finalizer; above them is the maker's ring.
const FINAL: u8 = 15;

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
    let maker = Rings::level_in(mem.get(AT, root::RINGS));
    mem.set(at, Userdata::FINAL, FINAL_NONE | maker << 4);
    let head = mem.get(AT, root::USERDATA);
    barrier::link(mem, at, Userdata::META, meta.map_or(0, |t| t.0));
    barrier::link(mem, at, Userdata::ENV, env.0);
    mem.set(at, Userdata::NEXT, head);
    mem.set(at, Userdata::PAYLOAD, payload);
    mem.set(at, Userdata::CLASS, class);
    mem.set(AT, root::USERDATA, at);
    Ok(Userdata(at))
}

/// The ring that has made a userdata. What nobody has made is of the least privileged.
pub fn maker(mem: &Mem<'_>, at: u32) -> Ring {
    Ring::new(mem.get(at, Userdata::FINAL) >> 4).unwrap_or(Ring::Plugin)
}

/// What is to become of its finalizer, as `heap::weak` says.
pub fn final_of(mem: &Mem<'_>, at: u32) -> u8 {
    mem.get(at, Userdata::FINAL) & FINAL
}

/// Says so.
pub fn set_final(mem: &mut Mem<'_>, at: u32, to: u8) {
    let maker = mem.get(at, Userdata::FINAL) & !FINAL;
    mem.set(at, Userdata::FINAL, maker | to);
}

fn with_room(room: u16) -> u64 {
    u64::from(Userdata::SIZE) + u64::from(room) * UNIT
}

/// Bytes that a userdata takes.
pub fn size(mem: &Mem<'_>, at: u32) -> u64 {
    with_room(mem.get(at, Userdata::ROOM))
}
