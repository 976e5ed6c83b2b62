//! Entering and leaving Lua functions in every shape: any number of arguments, varargs, open lists of
//! arguments and results, tail calls. Loops here run over values, never over calls.

use super::call::{ENTRY, returns_here};
use super::upvalue::has_open;
use super::{
    Core, Memory, Regs, become_, call_by_header, dispatch, dispatch_checked, dispatch_paid, field,
    handler, leave, next,
};
use crate::exec::code::Code;
use crate::exec::cpu::SLOT;
use crate::exec::stubs;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, frame};
use crate::value::{TAG_FUNCTION, Value};
use bvm_cage::Window;

/// The header of a Lua function that is entered here.
#[derive(Clone, Copy)]
pub(super) struct Header {
    entry: u32,
    code: u8,
    params: u32,
    size: u32,
    nils: u32,
}

impl Header {
    #[inline(always)]
    pub(super) fn read<S: Memory>(core: &Core<'_, S>, entry: u32) -> Header {
        Header::with_code(core, entry, core.get(entry, field::CODE))
    }

    /// The same where the code is known.
    #[inline(always)]
    fn with_code<S: Memory>(core: &Core<'_, S>, entry: u32, code: u8) -> Header {
        Header {
            entry,
            code,
            params: u32::from(core.get(entry, field::A)),
            size: u32::from(core.get(entry, field::B)),
            nils: u32::from(core.get(entry, field::C)),
        }
    }

    /// Whether the function can be entered here: from the rings of the running code, too.
    #[inline(always)]
    pub(super) fn is_simple<S: Memory>(self, core: &Core<'_, S>) -> bool {
        let code = u32::from(self.code.wrapping_sub(Code::Function as u8));
        code < core.get(AT, root::PLAIN_CODES)
    }

    /// Whether a call with `nargs` arguments has nothing to lay out: all parameters are there, and no register
    /// is read before it is written.
    #[inline(always)]
    pub(super) fn suits(self, nargs: u32) -> bool {
        let is_plain = [Code::Function as u8, Code::PluginFunction as u8].contains(&self.code);
        is_plain && self.params <= nargs && nargs <= 255
    }

    #[inline(always)]
    fn is_vararg(self) -> bool {
        self.code == Code::VarargEntry as u8 || self.code == Code::PluginVarargEntry as u8
    }
}

#[inline(always)]
pub(super) fn fill_nil<S: Memory>(core: &mut Core<'_, S>, from: u32, to: u32) {
    let mut at = from;
    while at < to {
        core.store(at, Value::NIL.0);
        at = at.wrapping_add(8);
    }
}

/// Copies a few values upwards in the order of their addresses. The end is kept in the guest's memory, where
/// the compiler cannot know that no copy changes it: a loop whose turns it could count would be prepared for
/// thousands of them, which takes registers and time from the few that there are.
#[inline(always)]
pub(super) fn copy_up<S: Memory>(core: &mut Core<'_, S>, from: u32, to: u32, bytes: u32) {
    let (mut from, mut to) = (from, to);
    core.set(AT, root::COPY_END, to.wrapping_add(bytes));
    while to != core.get(AT, root::COPY_END) {
        let v = core.load::<u64>(from);
        core.store(to, v);
        from = from.wrapping_add(8);
        to = to.wrapping_add(8);
    }
}

handler! {
    /// A call of the host begins: the function below the window is a Lua function, and the window its arguments.
    #[inline(never)]
    called(r) {
        let args = r.core.offset_of(r.base);
        let function = Value(r.core.load(args.wrapping_sub(8)));
        let entry = r.core.get(function.payload(), Closure::ENTRY);
        let nargs = r.core.get(AT, root::TOP).wrapping_sub(args) / 8;
        let fp = r.core.get(AT, root::FP);
        let h = Header::read(&r.core, entry);
        if !h.is_simple(&r.core)
            || nargs > 255
            || reach(h, args, nargs) > r.core.get(AT, root::STACK_LIMIT)
            || fp >= r.core.get(AT, root::FRAME_LIMIT)
        {
            leave!(r)
        }
        push_record(&mut r, fp, stubs::HALT, u32::from(frame::FLAG_ENTRY) << 24);
        open_window(&mut r, h, fp.wrapping_add(frame::SIZE), args, nargs);
        // The call itself is the host's, and costs nothing.
        r.fuel.skip();
        dispatch_checked!(r)
    }
}

/// Lays out the registers of a function whose record at `fp` is pushed and whose `nargs` arguments
/// begin at `args`, and goes to its first instruction.
#[inline(always)]
pub(super) fn open_window<S: Memory>(
    r: &mut Regs<'_, S>,
    h: Header,
    fp: u32,
    args: u32,
    nargs: u32,
) {
    let given = nargs.max(h.params);
    let mut base = args;
    fill_nil(
        &mut r.core,
        args.wrapping_add(nargs * 8),
        args.wrapping_add(given * 8),
    );
    if h.is_vararg() {
        base = args.wrapping_add(given * 8 + 8);
        let function = r.core.load::<u64>(args.wrapping_sub(8));
        r.core.store(base.wrapping_sub(8), function);
        copy_up(&mut r.core, args, base, h.params * 8);
        fill_nil(&mut r.core, args, args.wrapping_add(h.params * 8));
        r.core.set(fp, frame::EXTRA, given);
    }
    let end = base.wrapping_add(h.nils * 8);
    fill_nil(&mut r.core, base.wrapping_add(h.params * 8), end);
    r.fuel.go(r.ip, h.entry);
    r.ip = h.entry.wrapping_add(SLOT);
    r.base = r.core.window(base);
    r.k = r.core.window(r.core.get(h.entry, field::D));
}

/// End of the stack that entering takes at most.
#[inline(always)]
pub(super) fn reach(h: Header, args: u32, nargs: u32) -> u32 {
    args.wrapping_add((nargs + h.params + h.size + 2) * 8)
}

/// Calls the Lua function in register `$a` with `$nargs` arguments above it; `$header` reads its header.
macro_rules! enter_any {
    ($r:ident, $a:expr, $nargs:expr, $wanted:expr, $header:expr) => {{
        let a: u8 = $a;
        let nargs: u32 = $nargs;
        let entry = $r.core.get($r.payload(a), Closure::ENTRY);
        let old = $r.core.offset_of($r.base);
        let args = old.wrapping_add(8 + u32::from(a) * 8);
        let fp = $r.core.get(AT, root::FP);
        let h: Header = $header(&$r.core, entry);
        if !h.is_simple(&$r.core)
            || nargs > 255
            || reach(h, args, nargs) > $r.core.get(AT, root::STACK_LIMIT)
            || fp >= $r.core.get(AT, root::FRAME_LIMIT)
        {
            leave!($r)
        }
        let back = $r.ip.wrapping_add(SLOT);
        push_record(&mut $r, fp, back, u32::from($wanted));
        open_window(&mut $r, h, fp.wrapping_add(frame::SIZE), args, nargs);
        dispatch_checked!($r)
    }};
}

/// Pushes the record of an activation called by the running one, above that at `fp`.
#[inline(always)]
pub(super) fn push_record<S: Memory>(r: &mut Regs<'_, S>, fp: u32, back: u32, aux: u32) {
    // In this order they take the fewest host registers at a time.
    let (k, base) = (r.core.offset_of(r.k), r.core.offset_of(r.base));
    r.core.set(fp, frame::next(frame::K), k);
    r.core.set(fp, frame::next(frame::BASE), base);
    r.core.set(fp, frame::next(frame::IP), back);
    r.core.set(fp, frame::next(frame::AUX_TAIL), u64::from(aux));
    r.core.set(AT, root::FP, fp.wrapping_add(frame::SIZE));
}

/// The number of arguments of the call at `ip`: from b, or up to the top for an open list.
#[inline(always)]
pub(super) fn arguments<S: Memory>(r: &Regs<'_, S>) -> u32 {
    match u32::from(r.b()) {
        0 => {
            let base = r.core.offset_of(r.base);
            let args = base.wrapping_add(8 + u32::from(r.a()) * 8);
            r.core.get(AT, root::TOP).wrapping_sub(args) / 8
        }
        b => b - 1,
    }
}

handler! {
    /// A call of a Lua function, with any list of arguments; `VARARG` if it has varargs.
    #[inline(never)]
    call_lua<const VARARG: bool>(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        let code = if VARARG { Code::VarargEntry } else { Code::NilEntry };
        enter_any!(r, a, nargs, wanted, |core, entry| Header::with_code(core, entry, code as u8))
    }
}

handler! {
    /// A call of a Lua function of ring 3.
    #[inline(never)]
    call_plugin<const VARARG: bool>(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        let code = if VARARG { Code::PluginVarargEntry } else { Code::PluginNilEntry };
        enter_any!(r, a, nargs, wanted, |core, entry| Header::with_code(core, entry, code as u8))
    }
}

handler! {
    /// A call with an open list of arguments.
    call_open(r) {
        let f = Value(r.reg(r.a()));
        if f.tag() != TAG_FUNCTION {
            leave!(r)
        }
        let entry = r.core.get(f.payload(), Closure::ENTRY);
        call_by_header!(r, entry)
    }
}

handler! {
    /// A call of a Lua function as the iterator of a generic loop.
    #[inline(never)]
    call_iterator(r) {
        let a = copy_iterator(&mut r);
        let wanted = r.c().wrapping_add(1);
        enter_any!(r, a, 2, wanted, Header::read)
    }
}

/// Copies an iterator, its state and its control value to where it is called.
#[inline(always)]
pub(super) fn copy_iterator<S: Memory>(r: &mut Regs<'_, S>) -> u8 {
    let from = r.a();
    let to = from.wrapping_add(3);
    for i in 0..3 {
        let v = r.reg(from.wrapping_add(i));
        r.set(to.wrapping_add(i), v);
    }
    to
}

/// The slot of the function of the running activation, with `VARARG` below its extra arguments.
#[inline(always)]
fn function_slot<S: Memory, const VARARG: bool>(r: &Regs<'_, S>, fp: u32) -> u32 {
    let slot = r.core.offset_of(r.base).wrapping_sub(8);
    if !VARARG {
        return slot;
    }
    let extra = r.core.get(fp, frame::EXTRA);
    slot.wrapping_sub(extra.wrapping_mul(8).wrapping_add(8))
}

handler! {
    /// Replaces the running activation by a call of a Lua function; b is the number of arguments plus one,
    /// 0 for an open list. A native replaces nobody: it is called, and the return behind hands on.
    tail_call<const VARARG: bool>(r) {
        let f = Value(r.reg(r.a()));
        if f.tag() != TAG_FUNCTION {
            leave!(r)
        }
        let entry = r.core.get(f.payload(), Closure::ENTRY);
        if stubs::is_native_entry(entry) {
            call_by_header!(r, entry)
        }
        if has_open(&r) {
            become_!(r, super::upvalue::close_first)
        }
        let nargs = arguments(&r);
        let fp = r.core.get(AT, root::FP);
        let to = function_slot::<S, VARARG>(&r, fp);
        let h = Header::read(&r.core, entry);
        if !h.is_simple(&r.core)
            || nargs > 255
            || reach(h, to.wrapping_add(8), nargs) > r.core.get(AT, root::STACK_LIMIT)
        {
            leave!(r)
        }
        let from = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
        let tails = r.core.get(fp, frame::TAIL).saturating_add(1);
        r.core.set(fp, frame::TAIL, tails);
        copy_up(&mut r.core, from, to, (nargs + 1) * 8);
        open_window(&mut r, h, fp, to.wrapping_add(8), nargs);
        dispatch_checked!(r)
    }
}

/// Where the extra arguments of the running function begin, and how many there are.
#[inline(always)]
fn extra_arguments<S: Memory>(r: &Regs<'_, S>) -> (u32, u32) {
    let fp = r.core.get(AT, root::FP);
    let header = r.core.get(r.closure(), Closure::ENTRY);
    let params = u32::from(r.core.get(header, field::A));
    let count = r.core.get(fp, frame::EXTRA).wrapping_sub(params);
    let below = 8u32.wrapping_add(count.wrapping_mul(8));
    (r.core.offset_of(r.base).wrapping_sub(below), count)
}

handler! {
    /// `R(a), … := …`, all of them.
    vararg_open(r) {
        let (from, count) = extra_arguments(&r);
        let to = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
        let end = to.wrapping_add(count.wrapping_mul(8));
        if count > 255 || end > r.core.get(AT, root::STACK_LIMIT) {
            leave!(r)
        }
        // The cold form charges long lists.
        r.fuel.pay(count / 8);
        r.core.set(AT, root::TOP, end);
        copy_up(&mut r.core, from, to, count * 8);
        next!(r)
    }
}

handler! {
    /// `R(a), … := …`, b - 1 values.
    vararg(r) {
        let (from, count) = extra_arguments(&r);
        let to = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
        let wanted = u32::from(r.b().wrapping_sub(1));
        let moved = count.min(wanted);
        r.fuel.pay(wanted / 8);
        copy_up(&mut r.core, from, to, moved * 8);
        fill_nil(&mut r.core, to.wrapping_add(moved * 8), to.wrapping_add(wanted * 8));
        next!(r)
    }
}

handler! {
    /// Returns any number of values; `VARARG` from a function with varargs, which lies higher.
    return_many<const VARARG: bool>(r) {
        if has_open(&r) {
            become_!(r, super::upvalue::close_first)
        }
        let fp = r.core.get(AT, root::FP);
        let aux = r.core.get(fp, frame::AUX);
        if !returns_here(aux) {
            leave!(r)
        }
        let is_over = aux == ENTRY;
        let aux = aux & 255;
        let to = function_slot::<S, VARARG>(&r, fp);
        r.core.set(AT, root::RETURNED, to);
        let base = r.core.offset_of(r.base);
        let first = base.wrapping_add(u32::from(r.a()) * 8);
        let count = match u32::from(r.b()) {
            0 => r.core.get(AT, root::TOP).wrapping_sub(first) / 8,
            b => b - 1,
        };
        if count > 255 {
            leave!(r)
        }
        if aux == 0 {
            copy_up(&mut r.core, first, to, count * 8);
            r.core.set(AT, root::TOP, to.wrapping_add(count * 8));
        } else {
            let moved = count.min(aux - 1);
            copy_up(&mut r.core, first, to, moved * 8);
            fill_nil(&mut r.core, to.wrapping_add(moved * 8), to.wrapping_add((aux - 1) * 8));
        }
        let ip = r.core.get(fp, frame::IP);
        r.core.set(AT, root::FP, fp.wrapping_sub(frame::SIZE));
        r.fuel.go(r.ip.wrapping_add(SLOT), ip);
        r.ip = ip;
        r.base = r.core.window(r.core.get(fp, frame::BASE));
        r.k = r.core.window(r.core.get(fp, frame::K));
        if is_over {
            dispatch!(r)
        }
        dispatch_paid!(r)
    }
}
