//! Calls of natives. A leaf is called without a record. Others mostly answer at once with results, and the
//! engine goes on behind the call; whatever else they answer is up to the cold code. Must not know any
//! native.

use super::{Core, GO_ON, Memory, OUT, Regs, dispatch, dispatch_checked, go_on, handler, leave};
use crate::exec::cpu::{Cpu, SLOT};
use crate::exec::stubs;
use crate::objects::frame;
use crate::objects::root::{self, AT};
use bvm_cage::Window;

/// Slots that a native may push without asking.
const ROOM: u32 = 24;

/// Calls the native in register `$a`; pushes its record unless it is a leaf that can do without.
macro_rules! enter_native {
    ($r:ident, $a:expr, $nargs:expr, $wanted:expr) => {{
        let above = 8 + u32::from($a) * 8;
        let size = $nargs * 8;
        let top = $r.core.offset_of($r.base).wrapping_add(above + size);
        let fp = $r.core.get(AT, root::FP).wrapping_add(frame::SIZE);
        if top.wrapping_add(ROOM * 8) > $r.core.get(AT, root::STACK_LIMIT)
            || fp > $r.core.get(AT, root::FRAME_LIMIT)
        {
            leave!($r)
        }
        $r.core.set(AT, root::TOP, top);
        let args = $r.core.offset_of($r.base).wrapping_add(above);
        let back = $r.ip.wrapping_add(SLOT);
        $r.core = run_leaf($r.core, args, back, $r.fuel, u32::from($wanted));
        let args = $r.core.get(AT, root::SAVED_BASE);
        let old = args.wrapping_sub(above);
        $r.base = $r.core.window(old);
        if $r.core.get(AT, root::SIGNAL) == GO_ON {
            $r.ip = back;
            $r.fuel = $r.core.get(AT, root::FUEL);
            dispatch_checked!($r)
        }
        let k = $r.core.offset_of($r.k);
        let aux = u64::from($wanted) | u64::from(frame::KIND_NATIVE) << 16;
        $r.core.set(fp, frame::IP, back);
        $r.core.set(fp, frame::BASE, old);
        $r.core.set(fp, frame::AUX_TAIL, aux);
        $r.core.set(fp, frame::K, k);
        $r.core.set(fp, frame::EXTRA, 0);
        $r.core.set(AT, root::FP, fp);
        $r.core.set(AT, root::TOP, args.wrapping_add(size));
        $r.fuel += i64::from(stubs::NATIVE_RUN) - i64::from(back);
        go_on!(run($r.core, args, k, $r.fuel))
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
    fuel: i64,
    wanted: u32,
) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::with_registers(&mut mem, back, args, 0, fuel);
    let signal = if cpu.leaf(wanted) { GO_ON } else { OUT };
    let (base, fuel) = (cpu.base, cpu.fuel);
    core.set(AT, root::SIGNAL, signal);
    core.set(AT, root::SAVED_BASE, base);
    core.set(AT, root::FUEL, fuel);
    core
}

/// Runs the native whose record is pushed and whose arguments begin at `args`; leaves the state and the
/// signal in the root page.
#[inline(never)]
fn run<'c, S: Memory>(mut core: Core<'c, S>, args: u32, k: u32, fuel: i64) -> Core<'c, S> {
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
        let a = r.a();
        let nargs = match u32::from(r.b()) {
            0 => {
                let args = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
                r.core.get(AT, root::TOP).wrapping_sub(args) / 8
            }
            b => b - 1,
        };
        let wanted = r.c();
        enter_native!(r, a, nargs, wanted)
    }
}

handler! {
    /// A call of a native as the iterator of a generic loop, with the state and the control value.
    #[inline(never)]
    call_iterator(r) {
        let from = r.a();
        let a = from.wrapping_add(3);
        for i in 0..3 {
            let v = r.reg(from.wrapping_add(i));
            r.set(a.wrapping_add(i), v);
        }
        let wanted = r.c().wrapping_add(1);
        enter_native!(r, a, 2u32, wanted)
    }
}
