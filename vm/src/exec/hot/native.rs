//! Calls of natives, and calls that they make. A leaf is called without a record. Others mostly answer at
//! once with results, and the engine goes on behind the call, or with a call of a Lua function, and their
//! next step follows when it returns; whatever else they answer is up to the cold code. Must not know any
//! native.

use super::enter::{Header, arguments, copy_iterator, open_window as open_lua, push_record, reach};
use super::{
    CALLS, Core, GO_ON, Memory, OUT, Regs, become_, dispatch, dispatch_checked, dispatch_paid,
    field, go_on, handler, leave,
};
use crate::exec::cpu::{Cpu, SLOT};
use crate::exec::frame::ROOM;
use crate::exec::fuel::Fuel;
use crate::exec::stubs;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, frame};
use crate::value::{TAG_FUNCTION, Value};
use bvm_cage::{Wide, Window};

/// Whether a native needs nothing but its own work: no collection, no finalizer first. Where calls have hooks,
/// no handler that asks is in the table.
#[inline(always)]
pub(super) fn is_quiet<S: Memory>(r: &Regs<'_, S>) -> bool {
    r.core.get(AT, root::GIVEN) < r.core.get(AT, root::THRESHOLD)
        && r.core.get(AT, root::FINALIZE) == 0
}

/// Lays out the window of a native whose `$nargs` arguments lie above register `$a`, if the stack has room for it and
/// `$room` slots more; gives the offset of the window's base from the caller's.
macro_rules! open_window {
    ($r:ident, $a:expr, $nargs:expr, $room:expr) => {{
        let above = 8 + u32::from($a) * 8;
        let top = $r.core.offset_of($r.base).wrapping_add(above + $nargs * 8);
        if top.wrapping_add($room * 8) > $r.core.get(AT, root::STACK_LIMIT) {
            leave!($r)
        }
        $r.core.set(AT, root::TOP, top);
        above
    }};
}

/// Calls the native in register `$a`, a leaf, without a record; `$otherwise` is the handler for what it
/// does not do like that.
macro_rules! enter_leaf {
    ($r:ident, $a:expr, $nargs:expr, $wanted:expr, $otherwise:path) => {{
        let above = open_window!($r, $a, $nargs, 0);
        let args = $r.core.offset_of($r.base).wrapping_add(above);
        let back = $r.ip.wrapping_add(SLOT);
        $r.core = run_leaf($r.core, args, back, $r.fuel, u32::from($wanted));
        let args = $r.core.get(AT, root::SAVED_BASE);
        $r.base = $r.core.window(args.wrapping_sub(above));
        if $r.core.get(AT, root::SIGNAL) != GO_ON {
            $r.fuel = Fuel::wake(&$r.core, $r.ip);
            become_!($r, $otherwise)
        }
        $r.ip = back;
        $r.fuel = Fuel::wake(&$r.core, back);
        dispatch_paid!($r)
    }};
}

/// Pushes the record of a call of the native in register `$a` and runs it.
macro_rules! enter_native {
    ($r:ident, $a:expr, $nargs:expr, $wanted:expr) => {{
        let fp = $r.core.get(AT, root::FP);
        if fp >= $r.core.get(AT, root::FRAME_LIMIT) {
            leave!($r)
        }
        let above = open_window!($r, $a, $nargs, ROOM);
        let old = $r.core.offset_of($r.base);
        let k = $r.core.offset_of($r.k);
        let back = $r.ip.wrapping_add(SLOT);
        let aux = u32::from($wanted) | u32::from(frame::KIND_NATIVE) << 16;
        push_record(&mut $r, fp, back, aux);
        $r.core.set(fp, frame::next(frame::EXTRA), 0);
        $r.fuel.go(back, stubs::NATIVE_RUN);
        let args = old.wrapping_add(above);
        after_step!(run($r.core, stubs::NATIVE_RUN, args, k, $r.fuel), $r.k)
    }};
}

/// Goes on after a step of a native: with the call that it makes, or wherever the guest is now.
macro_rules! after_step {
    ($core:expr, $k:expr) => {{
        let core = $core;
        if core.get(AT, root::SIGNAL) == CALLS {
            let base = core.window(core.get(AT, root::SAVED_BASE));
            let ip = stubs::NATIVE_RESUME;
            let fuel = Fuel::wake(&core, ip);
            return call_lua(Wide::from(ip), base, $k, core, fuel);
        }
        go_on!(core)
    }};
}

/// Runs the native if it is a leaf; its arguments begin at `args`. What it comes to is left in the root
/// page, because nothing of a handler may be lent to cold code, or its last call could not be a jump: the
/// signal says whether it has returned. When it has not, nothing has changed. The fuel that is left is there, too.
/// In both cases the stack may have moved: the base is there too.
#[inline(never)]
fn run_leaf<'c, S: Memory>(
    mut core: Core<'c, S>,
    args: u32,
    back: u32,
    fuel: Fuel,
    wanted: u32,
) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::with_registers(&mut mem, back, args, 0, fuel);
    let (signal, ip) = match cpu.leaf(wanted) {
        true => (GO_ON, back),
        false => (OUT, back.wrapping_sub(SLOT)),
    };
    let (base, fuel) = (cpu.base, cpu.fuel);
    core.set(AT, root::SIGNAL, signal);
    core.set(AT, root::SAVED_BASE, base);
    fuel.sleep(&mut core, ip);
    core
}

/// Runs a step of the native whose record is the topmost one and whose arguments begin at `args`; `ip` is the
/// stub that leads to it. Leaves the state and the signal in the root page.
#[inline(never)]
fn run<'c, S: Memory>(
    mut core: Core<'c, S>,
    ip: u32,
    args: u32,
    k: u32,
    fuel: Fuel,
) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::with_registers(&mut mem, ip, args, k, fuel);
    match cpu.native() {
        Some(went) => {
            cpu.sleep();
            super::signal(&mut core, went);
        }
        None => {
            let (base, fuel) = (cpu.base, cpu.fuel);
            core.set(AT, root::SIGNAL, CALLS);
            core.set(AT, root::SAVED_BASE, base);
            fuel.sleep(&mut core, ip);
        }
    }
    core
}

/// Has cold code make the call that the record of the running native names.
#[inline(never)]
fn call_cold<'c, S: Memory>(mut core: Core<'c, S>, base: u32, k: u32, fuel: Fuel) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::with_registers(&mut mem, stubs::NATIVE_RESUME, base, k, fuel);
    let went = cpu.native_calls();
    cpu.sleep();
    super::signal(&mut core, went);
    core
}

handler! {
    /// The call that the record of the running native names, when the callee is a Lua function that needs no
    /// nils, and there is room for it on both stacks.
    #[inline(never)]
    call_lua(r) {
        let fp = r.core.get(AT, root::FP);
        let at = r.core.offset_of(r.base).wrapping_add(r.core.get(fp, frame::TOP));
        let f = Value(r.core.load(at));
        if f.tag() != TAG_FUNCTION {
            become_!(r, call_any)
        }
        let args = at.wrapping_add(8);
        let nargs = r.core.get(AT, root::TOP).wrapping_sub(args) / 8;
        let entry = r.core.get(f.payload(), Closure::ENTRY);
        let h = Header::read(&r.core, entry);
        if !h.is_simple(&r.core)
            || !h.suits(nargs)
            || reach(h, args, nargs) > r.core.get(AT, root::STACK_LIMIT)
            || fp >= r.core.get(AT, root::FRAME_LIMIT)
        {
            become_!(r, call_any)
        }
        push_record(&mut r, fp, stubs::NATIVE_RESUME, 0);
        // The call is no instruction, so it costs nothing.
        let first = entry.wrapping_add(SLOT);
        r.fuel.go(r.ip, first);
        r.ip = first;
        r.base = r.core.window(args);
        r.k = r.core.window(r.core.get(entry, field::D));
        dispatch_checked!(r)
    }
}

handler! {
    /// The same for any callee.
    #[inline(never)]
    call_any(r) {
        let fp = r.core.get(AT, root::FP);
        let base = r.core.offset_of(r.base);
        let at = base.wrapping_add(r.core.get(fp, frame::TOP));
        let args = at.wrapping_add(8);
        let nargs = r.core.get(AT, root::TOP).wrapping_sub(args) / 8;
        let f = Value(r.core.load(at));
        if f.tag() == TAG_FUNCTION {
            let h = Header::read(&r.core, r.core.get(f.payload(), Closure::ENTRY));
            if h.is_simple(&r.core)
                && nargs <= 255
                && reach(h, args, nargs) <= r.core.get(AT, root::STACK_LIMIT)
                && fp < r.core.get(AT, root::FRAME_LIMIT)
            {
                push_record(&mut r, fp, stubs::NATIVE_RESUME, 0);
                r.fuel.skip();
                open_lua(&mut r, h, fp.wrapping_add(frame::SIZE), args, nargs);
                dispatch_checked!(r)
            }
        }
        let k = r.core.offset_of(r.k);
        go_on!(call_cold(r.core, base, k, r.fuel))
    }
}

handler! {
    /// The next step of a native whose call has returned, unless something comes before it.
    #[inline(never)]
    next_step(r) {
        let fp = r.core.get(AT, root::FP);
        let first = r.core.get(fp, frame::FLAGS) & (frame::FLAG_CATCH | frame::FLAG_RING);
        let owed = r.core.get(AT, root::PAID) | r.core.get(AT, root::GC_CHARGE);
        if first != 0 || owed != 0 || r.core.host().walked.get() != 0 {
            leave!(r)
        }
        let (base, k) = (r.core.offset_of(r.base), r.core.offset_of(r.k));
        after_step!(run(r.core, r.ip, base, k, r.fuel), r.k)
    }
}

handler! {
    /// A call of a native by `CALL`; b is the number of arguments plus one, 0 for an open list.
    #[inline(never)]
    call(r) {
        let (a, wanted, nargs) = (r.a(), r.c(), arguments(&r));
        enter_native!(r, a, nargs, wanted)
    }
}

handler! {
    /// The same for a leaf.
    #[inline(never)]
    call_leaf(r) {
        let (a, wanted, nargs) = (r.a(), r.c(), arguments(&r));
        enter_leaf!(r, a, nargs, wanted, call::<S>)
    }
}

handler! {
    /// A call of a native as the iterator of a generic loop.
    #[inline(never)]
    call_iterator(r) {
        let a = copy_iterator(&mut r);
        let wanted = r.c().wrapping_add(1);
        enter_native!(r, a, 2, wanted)
    }
}

handler! {
    /// The same for a leaf.
    #[inline(never)]
    call_leaf_iterator(r) {
        let a = copy_iterator(&mut r);
        let wanted = r.c().wrapping_add(1);
        enter_leaf!(r, a, 2, wanted, call_iterator::<S>)
    }
}
