//! Closures and upvalues: made, found, closed.

use crate::exec::stubs;
use crate::heap::{NoMemory, alloc, barrier, mark};
use crate::host::Mem;
use crate::native::Calling;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, KIND, NativeClosure, Proto, Table, Upval};
use crate::ring::Ring;
use crate::value::{TAG_FUNCTION, Value};

/// A function, seen as what it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// Compiled Lua.
    Lua(Closure),
    /// A native.
    Native(NativeClosure),
}

/// The function that a value is.
#[inline]
pub fn function_of(mem: &Mem<'_>, v: Value) -> Option<Function> {
    let at = v.untag(TAG_FUNCTION)?;
    Some(if mem.get(at, KIND) == Closure::KIND {
        Function::Lua(Closure(at))
    } else {
        Function::Native(NativeClosure(at))
    })
}

/// The ring of a Lua function.
pub fn ring_of(mem: &Mem<'_>, f: Closure) -> Ring {
    let proto = mem.get(f.0, Closure::PROTO);
    Ring::new(mem.get(proto, Proto::RING)).unwrap_or(Ring::Plugin)
}

/// A Lua closure over `proto` with room for its upvalues, all 0 yet.
pub fn new_lua(mem: &mut Mem<'_>, proto: Proto, env: Table) -> Result<Closure, NoMemory> {
    let count = mem.get(proto.0, Proto::UPVALS);
    let size = Closure::SIZE + 4 * u32::from(count);
    let at = alloc::alloc_object(mem, u64::from(size), Closure::KIND)?;
    let entry = mem.get(proto.0, Proto::CODE);
    mem.set(at, Closure::UPVALS, count);
    barrier::link(mem, at, Closure::ENV, env.0);
    barrier::link(mem, at, Closure::PROTO, proto.0);
    mem.set(at, Closure::ENTRY, entry);
    mem.bytes_mut(at + Closure::SIZE, 4 * u32::from(count))
        .fill(0);
    Ok(Closure(at))
}

/// A native closure over `values` (at most 255).
pub fn new_native(
    mem: &mut Mem<'_>,
    native: u32,
    env: Table,
    values: &[Value],
) -> Result<NativeClosure, NoMemory> {
    let count = values.len().min(255) as u8;
    let size = NativeClosure::SIZE + 8 * u32::from(count);
    let at = alloc::alloc_object(mem, u64::from(size), NativeClosure::KIND)?;
    mem.set(at, NativeClosure::UPVALS, count);
    barrier::link(mem, at, NativeClosure::ENV, env.0);
    mem.set(at, NativeClosure::NATIVE, native);
    let natives = &mem.host().natives;
    let calling = natives.get(native as usize).map(|native| native.calling);
    let entry = stubs::entry_of(calling.unwrap_or(Calling::Record));
    mem.set(at, NativeClosure::ENTRY, entry);
    for (i, value) in values.iter().take(usize::from(count)).enumerate() {
        barrier::store(mem, at + NativeClosure::SIZE + 8 * i as u32, *value);
    }
    Ok(NativeClosure(at))
}

/// An upvalue that holds its own value.
pub fn new_closed_upval(mem: &mut Mem<'_>, value: Value) -> Result<Upval, NoMemory> {
    let at = alloc::alloc_object(mem, u64::from(Upval::SIZE), Upval::KIND)?;
    let place = own_place(at);
    barrier::store(mem, place, value);
    mem.set(at, Upval::AT, place);
    mem.set(at, Upval::NEXT, 0);
    Ok(Upval(at))
}

/// Where an upvalue that is closed has its value.
fn own_place(upval: u32) -> u32 {
    upval.wrapping_add(u32::from(Upval::VALUE.disp()))
}

/// Whether an upvalue's value is on a stack.
pub fn is_open(mem: &Mem<'_>, upval: Upval) -> bool {
    mem.get(upval.0, Upval::AT) != own_place(upval.0)
}

/// The upvalue number `i` of a closure.
#[inline]
pub fn upval(mem: &Mem<'_>, closure: Closure, i: u8) -> Upval {
    Upval(mem.load(closure.0 + Closure::SIZE + u32::from(i) * 4))
}

/// Puts an upvalue into a closure.
pub fn set_upval(mem: &mut Mem<'_>, closure: Closure, i: u8, upval: Upval) {
    barrier::shade_object(mem, upval.0);
    mem.store(closure.0 + Closure::SIZE + u32::from(i) * 4, upval.0);
}

/// The open upvalue of the running thread for the stack slot at `slot`, made if there is none. Those that are passed on the
/// way are counted, but once.
pub fn find_open(mem: &mut Mem<'_>, slot: u32, passed: &mut u32) -> Result<Upval, NoMemory> {
    if let (_, Some(found)) = position(mem, slot, passed) {
        return Ok(found);
    }
    let at = alloc::alloc_object(mem, u64::from(Upval::SIZE), Upval::KIND)?;
    let owner = mem.get(AT, root::THREAD);
    mem.set(at, Upval::OWNER, owner);
    mem.set(at, Upval::AT, slot);
    // The allocation may have collected, so the neighbours are looked up after it.
    let (previous, _) = position(mem, slot, &mut 0);
    match previous {
        None => {
            let head = mem.get(AT, root::OPEN);
            mem.set(at, Upval::NEXT, head);
            mem.set(AT, root::OPEN, at);
        }
        Some(previous) => {
            let next = mem.get(previous.0, Upval::NEXT);
            mem.set(at, Upval::NEXT, next);
            mem.set(previous.0, Upval::NEXT, at);
        }
    }
    Ok(Upval(at))
}

/// The last open upvalue above `slot`, and the one at it.
fn position(mem: &Mem<'_>, slot: u32, passed: &mut u32) -> (Option<Upval>, Option<Upval>) {
    let mut previous = None;
    let mut at = mem.get(AT, root::OPEN);
    while at != 0 {
        let place = mem.get(at, Upval::AT);
        if place == slot {
            return (previous, Some(Upval(at)));
        }
        if place < slot {
            break;
        }
        previous = Some(Upval(at));
        *passed += 1;
        at = mem.get(at, Upval::NEXT);
    }
    (previous, None)
}

/// Closes the running thread's upvalues at and above `slot`.
pub fn close(mem: &mut Mem<'_>, slot: u32) {
    close_some(mem, slot, u32::MAX);
}

/// The same for at most so many of them; tells how many there were.
pub fn close_some(mem: &mut Mem<'_>, slot: u32, most: u32) -> u32 {
    let first = mem.get(AT, root::OPEN);
    let (left, count) = close_from(mem, first, slot, most);
    mem.set(AT, root::OPEN, left);
    count
}

/// Closes at most so many open upvalues of a list, as far as they are at `slot` or above; gives the rest of the list, and
/// how many there were.
pub fn close_from(mem: &mut Mem<'_>, first: u32, slot: u32, most: u32) -> (u32, u32) {
    let (mut at, mut count) = (first, 0);
    while at != 0 && count < most && mem.get(at, Upval::AT) >= slot {
        close_one(mem, Upval(at));
        at = mem.get(at, Upval::NEXT);
        count += 1;
    }
    (at, count)
}

/// The running thread's open upvalues at `slot` and above, from the highest on.
pub fn open_at<'a>(mem: &'a Mem<'_>, slot: u32) -> impl Iterator<Item = Upval> + 'a {
    let next = move |at: u32| (at != 0 && mem.get(at, Upval::AT) >= slot).then_some(Upval(at));
    let first = next(mem.get(AT, root::OPEN));
    std::iter::successors(first, move |upval| next(mem.get(upval.0, Upval::NEXT)))
}

/// Marks the values of the running thread's upvalues at and above `slot`, which are about to be closed.
pub(crate) fn shade_open(mem: &mut Mem<'_>, slot: u32) {
    let mut at = mem.get(AT, root::OPEN);
    while at != 0 && mem.get(at, Upval::AT) >= slot {
        mark::leave_open(mem, at);
        let value = Value(mem.load(mem.get(at, Upval::AT)));
        barrier::shade(mem, value);
        at = mem.get(at, Upval::NEXT);
    }
}

/// Moves the value of an open upvalue from the stack into the upvalue.
pub(crate) fn close_one(mem: &mut Mem<'_>, upval: Upval) {
    mark::leave_open(mem, upval.0);
    let value = Value(mem.load(mem.get(upval.0, Upval::AT)));
    let place = own_place(upval.0);
    barrier::store(mem, place, value);
    mem.set(upval.0, Upval::AT, place);
}
