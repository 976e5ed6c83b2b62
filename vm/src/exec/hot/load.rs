//! Moves, constants, and the ways out of the hot handlers.

use super::{Core, Memory, Regs, dispatch, field, go_on, handler, leave, next};
use crate::exec::cpu::SLOT;
use crate::exit::Exit;
use crate::objects::Thread;
use crate::objects::root::{self, AT};
use crate::value::Value;
use bvm_cage::Window;

handler! {
    /// Leaves to the cold code, for this instruction and what follows from it.
    #[inline(never)]
    cold(r) { go_on!(super::cold_step(r.save())) }
}

handler! {
    /// Lets the collector work behind an instruction that is done: `ip` is at the next one.
    #[inline(never)]
    made(r) { go_on!(super::collect_behind(r.save())) }
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
    /// The same at a place where no account is looked at.
    #[inline(never)]
    paid(r) {
        let mut core = r.save();
        core.set(AT, root::SIGNAL, super::PAID);
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

handler! {
    /// The function that the host has called is over: the engine is left, unless the last step owes something.
    #[inline(never)]
    halt(r) {
        if r.core.get(AT, root::GC_CHARGE) != 0 || r.core.host().walked.get() != 0 {
            leave!(r)
        }
        let mut core = r.save();
        let main = core.get(AT, root::MAIN);
        let at_rest = core.get(AT, root::THREAD) == main
            && core.get(AT, root::FP) == core.get(main, Thread::FRAMES)
            && core.get(AT, root::OPEN) == 0
            && core.get(AT, root::MEMORY_LENT) | core.get(AT, root::MEMORY_WANTED) == 0;
        let host = core.host_mut();
        host.at_rest = at_rest && host.is_quiet();
        host.exit = Some(Exit::Done);
        core.set(AT, root::SIGNAL, super::OUT);
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
    r.fuel.skip();
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

handler! { not(r) {
    let v = Value(r.reg(r.b())).is_falsy();
    r.set(r.a(), Value::boolean(v).0);
    next!(r)
} }
