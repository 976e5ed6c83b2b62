//! Upvalues: read, written, captured by new closures, closed.

use super::{Core, Memory, Regs, dispatch, field, handler, leave, next};
use crate::exec::build::price_of_captures;
use crate::exec::cpu::SLOT;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Proto, Upval};
use crate::value::{TAG_FUNCTION, Value};
use bvm_cage::Window;

/// Where the value of upvalue `i` is.
#[inline(always)]
fn upvalue_place<S: Memory>(r: &Regs<'_, S>, i: u8) -> u32 {
    let at = r.closure().wrapping_add(Closure::SIZE + u32::from(i) * 4);
    let upval = r.core.load::<u32>(at);
    r.core.get(upval, Upval::AT)
}

handler! { get_upval(r) {
    let v = r.core.load::<u64>(upvalue_place(&r, r.b()));
    r.set(r.a(), v);
    next!(r)
} }

handler! { set_upval(r) {
    let v = r.reg(r.a());
    let place = upvalue_place(&r, r.b());
    r.core.store(place, v);
    next!(r)
} }

/// Whether a return has open upvalues to close.
#[inline(always)]
pub(super) fn has_open<S: Memory>(r: &Regs<'_, S>) -> bool {
    let open = r.core.get(AT, root::OPEN);
    open != 0 && r.core.get(open, Upval::AT) >= r.core.offset_of(r.base)
}

/// Closes the running thread's upvalues at and above `slot`.
#[inline(always)]
fn close_from<S: Memory>(core: &mut Core<'_, S>, slot: u32) {
    let mut at = core.get(AT, root::OPEN);
    while at != 0 {
        let place = core.get(at, Upval::AT);
        if place < slot {
            break;
        }
        let value = core.load::<u64>(place);
        core.set(at, Upval::VALUE, value);
        let own = at.wrapping_add(u32::from(Upval::VALUE.disp()));
        core.set(at, Upval::AT, own);
        at = core.get(at, Upval::NEXT);
    }
    core.set(AT, root::OPEN, at);
}

handler! { close(r) {
    let slot = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
    close_from(&mut r.core, slot);
    next!(r)
} }

handler! {
    /// Closes all upvalues of the running function for an instruction that leaves it, and begins that
    /// again.
    #[inline(never)]
    close_first(r) {
        let slot = r.core.offset_of(r.base);
        close_from(&mut r.core, slot);
        dispatch!(r)
    }
}

/// Bytes that an upvalue takes in the heap.
const UPVAL_SIZE: u32 = (Upval::SIZE + 15) & !15;

/// The open upvalue for the stack slot at `slot`: found, or made at `cursor`, which then moves on. Those that are passed on
/// the way are counted.
#[inline(always)]
fn capture<S: Memory>(
    core: &mut Core<'_, S>,
    slot: u32,
    cursor: &mut u32,
    passed: &mut u32,
) -> u32 {
    let mut previous = 0;
    let mut at = core.get(AT, root::OPEN);
    while at != 0 {
        let place = core.get(at, Upval::AT);
        if place == slot {
            return at;
        }
        if place < slot {
            break;
        }
        previous = at;
        *passed += 1;
        at = core.get(at, Upval::NEXT);
    }
    let made = *cursor;
    *cursor = made.wrapping_add(UPVAL_SIZE);
    core.store(made, u32::from(Upval::KIND));
    core.set(made, Upval::AT, slot);
    core.set(made, Upval::NEXT, at);
    let owner = core.get(AT, root::THREAD);
    core.set(made, Upval::OWNER, owner);
    match previous {
        0 => core.set(AT, root::OPEN, made),
        previous => core.set(previous, Upval::NEXT, made),
    }
    made
}

handler! {
    /// Makes a closure. Its captures are named by the slots behind this one.
    closure(r) {
        let parent = r.closure();
        let protos = r.core.get(r.core.get(parent, Closure::PROTO), Proto::PROTOS);
        let index = r.core.get(r.ip, field::D);
        let proto = r.core.load::<u32>(protos.wrapping_add(index.wrapping_mul(4)));
        let count = u32::from(r.core.get(proto, Proto::UPVALS));
        let made = r.core.get(AT, root::CURSOR);
        let mut cursor = made.wrapping_add((Closure::SIZE + 4 * count + 15) & !15);
        // At worst every capture makes an upvalue.
        if cursor.wrapping_add(count * UPVAL_SIZE) > r.core.get(AT, root::LIMIT)
            || r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD)
        {
            leave!(r)
        }
        let env = r.core.get(parent, Closure::ENV);
        let entry = r.core.get(proto, Proto::CODE);
        r.core.store(made, u32::from(Closure::KIND) | count << 8);
        r.core.set(made, Closure::ENV, env);
        r.core.set(made, Closure::PROTO, proto);
        r.core.set(made, Closure::ENTRY, entry);
        let mut to = made.wrapping_add(Closure::SIZE);
        let mut passed = 0;
        for _ in 0..count {
            r.ip = r.ip.wrapping_add(SLOT);
            let from = u32::from(r.b());
            let upval = if r.a() != 0 {
                r.core.load(parent.wrapping_add(Closure::SIZE + from * 4))
            } else {
                let slot = r.core.offset_of(r.base).wrapping_add(from * 8);
                capture(&mut r.core, slot, &mut cursor, &mut passed)
            };
            r.core.store::<u32>(to, upval);
            to = to.wrapping_add(4);
        }
        r.core.set(AT, root::CURSOR, cursor);
        // The captures are not executed.
        let last = r.ip;
        r.ip = last.wrapping_sub(count * SLOT);
        r.fuel.go(r.ip, last);
        let a = r.a();
        r.set(a, Value::tagged(TAG_FUNCTION, made).0);
        r.ip = last;
        r.fuel.pay(price_of_captures(count, passed));
        next!(r)
    }
}
