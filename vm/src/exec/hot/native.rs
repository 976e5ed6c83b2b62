//! Calls of natives. A leaf is called without a record. Others mostly answer at once with results, and the
//! engine goes on behind the call; whatever else they answer is up to the cold code. Must not know any
//! native.

use super::enter::{arguments, copy_iterator, push_record};
use super::{
    Core, GO_ON, Memory, OUT, Regs, become_, dispatch, dispatch_paid, go_on, handler, leave,
};
use crate::exec::cpu::{Cpu, SLOT};
use crate::exec::fuel::Fuel;
use crate::exec::stubs;
use crate::objects::frame;
use crate::objects::root::{self, AT};
use bvm_cage::Window;

/// Slots that a native may push without asking.
pub(super) const ROOM: u32 = 24;

/// Whether a native needs nothing but its own work: no collection, no finalizer first. Where calls have hooks,
/// no handler that asks is in the table.
#[inline(always)]
pub(super) fn is_quiet<S: Memory>(r: &Regs<'_, S>) -> bool {
    r.core.get(AT, root::GIVEN) < r.core.get(AT, root::THRESHOLD)
        && r.core.get(AT, root::FINALIZE) == 0
}

/// Lays out the window of a native whose `$nargs` arguments lie above register `$a`, if the stacks have
/// room for it; gives the offset of the window's base from the caller's.
macro_rules! open_window {
    ($r:ident, $a:expr, $nargs:expr) => {{
        let above = 8 + u32::from($a) * 8;
        let top = $r.core.offset_of($r.base).wrapping_add(above + $nargs * 8);
        if top.wrapping_add(ROOM * 8) > $r.core.get(AT, root::STACK_LIMIT) {
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
        let above = open_window!($r, $a, $nargs);
        let args = $r.core.offset_of($r.base).wrapping_add(above);
        let back = $r.ip.wrapping_add(SLOT);
        $r.core = run_leaf($r.core, args, back, $r.fuel, u32::from($wanted));
        let args = $r.core.get(AT, root::SAVED_BASE);
        $r.base = $r.core.window(args.wrapping_sub(above));
        if $r.core.get(AT, root::SIGNAL) != GO_ON {
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
        let above = open_window!($r, $a, $nargs);
        let old = $r.core.offset_of($r.base);
        let k = $r.core.offset_of($r.k);
        let back = $r.ip.wrapping_add(SLOT);
        let aux = u32::from($wanted) | u32::from(frame::KIND_NATIVE) << 16;
        push_record(&mut $r, fp, back, aux);
        $r.core.set(fp, frame::next(frame::EXTRA), 0);
        $r.fuel.go(back, stubs::NATIVE_RUN);
        go_on!(run($r.core, old.wrapping_add(above), k, $r.fuel))
    }};
}

/// Runs the native if it is a leaf; its arguments begin at `args`. What it comes to is left in the root
/// page, because nothing of a handler may be lent to cold code, or its last call could not be a jump: the
/// signal says whether it has returned, with the fuel that is left. When it has not, nothing has changed.
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
    let signal = if cpu.leaf(wanted) { GO_ON } else { OUT };
    let (base, fuel) = (cpu.base, cpu.fuel);
    core.set(AT, root::SIGNAL, signal);
    core.set(AT, root::SAVED_BASE, base);
    fuel.sleep(&mut core, back);
    core
}

/// Runs the native whose record is pushed and whose arguments begin at `args`; leaves the state and the
/// signal in the root page.
#[inline(never)]
fn run<'c, S: Memory>(mut core: Core<'c, S>, args: u32, k: u32, fuel: Fuel) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::with_registers(&mut mem, stubs::NATIVE_RUN, args, k, fuel);
    let went = cpu.native();
    cpu.sleep();
    super::signal(&mut core, went);
    core
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
