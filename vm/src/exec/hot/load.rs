//! Moves, constants, upvalues, and the ways out of the hot handlers.

use super::{Core, Memory, Regs, dispatch, field, go_on, handler, next};
use crate::exec::cpu::SLOT;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Upval};
use crate::value::Value;
use bvm_cage::Window;

handler! {
    /// Leaves to the cold code, for this instruction and what follows from it.
    #[inline(never)]
    cold(r) { go_on!(super::cold_step(r.save())) }
}

handler! {
    /// Leaves because fuel is used up; the instruction at `ip` is executed later.
    #[inline(never)]
    dry(r) {
        let mut core = r.save();
        core.set(AT, root::SIGNAL, super::DRY);
        core
    }
}

handler! {
    /// Goes back to the loop in `run`, which goes on at once.
    #[allow(dead_code)]
    go_on(r) {
        let mut core = r.save();
        core.set(AT, root::SIGNAL, super::GO_ON);
        core
    }
}

handler! { mov(r) {
    let v = r.reg(r.b());
    r.set(r.a(), v);
    next!(r)
} }

handler! { load_k(r) {
    let v = r.core.konst::<u64>(r.k, r.core.get(r.ip, field::KONST));
    r.set(r.a(), v);
    next!(r)
} }

handler! { load_bool(r) {
    let v = Value::boolean(r.b() != 0);
    r.set(r.a(), v.0);
    next!(r)
} }

handler! { load_bool_skip(r) {
    let v = Value::boolean(r.b() != 0);
    r.set(r.a(), v.0);
    // The slot that is jumped over costs nothing.
    r.fuel += i64::from(SLOT);
    r.ip = r.ip.wrapping_add(2 * SLOT);
    dispatch!(r)
} }

handler! { load_nil<const COUNT: u8>(r) {
    let a = r.a();
    r.set(a, Value::NIL.0);
    if COUNT > 1 {
        r.set(a.wrapping_add(1), Value::NIL.0);
    }
    if COUNT > 2 {
        r.set(a.wrapping_add(2), Value::NIL.0);
    }
    next!(r)
} }

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

handler! { not(r) {
    let v = Value(r.reg(r.b())).is_falsy();
    r.set(r.a(), Value::boolean(v).0);
    next!(r)
} }
