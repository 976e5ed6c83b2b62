//! Calls of Lua functions with as many arguments as they have parameters, and returns of at most one
//! value to Lua code.

use super::enter::push_record;
use super::upvalue::has_open;
use super::{
    Core, Memory, Regs, become_, call_by_header, dispatch, dispatch_checked, dispatch_paid, field,
    handler, leave,
};
use crate::exec::cpu::SLOT;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, frame};
use crate::value::{TAG_FUNCTION, TAG_NIL, Value};
use bvm_cage::Window;

/// Pushes the record of a call of the function in register `a` and enters it at `entry`.
macro_rules! enter_lua {
    ($r:ident, $a:expr, $entry:ident, $wanted:expr) => {{
        let old = $r.core.offset_of($r.base);
        let new = old.wrapping_add(8 + u32::from($a) * 8);
        let end = new.wrapping_add(u32::from($r.core.get($entry, field::B)) * 8);
        let fp = $r.core.get(AT, root::FP);
        if end > $r.core.get(AT, root::STACK_LIMIT) || fp >= $r.core.get(AT, root::FRAME_LIMIT) {
            leave!($r)
        }
        let back = $r.ip.wrapping_add(SLOT);
        push_record(&mut $r, fp, back, u32::from($wanted));
        $r.fuel.go($r.ip, $entry);
        $r.ip = $entry.wrapping_add(SLOT);
        $r.base = $r.core.window(new);
        $r.k = $r.core.window($r.core.get($entry, field::D));
        dispatch_checked!($r)
    }};
}

handler! { call(r) {
    let a = r.a();
    if r.tag(a) != TAG_FUNCTION {
        leave!(r)
    }
    let entry = r.core.get(r.payload(a), Closure::ENTRY);
    if r.core.get(entry, field::PATTERN) != r.core.get(r.ip, field::EXPECTED) {
        call_by_header!(r, entry)
    }
    let wanted = r.c();
    enter_lua!(r, a, entry, wanted)
} }

handler! {
    /// Calls the iterator of a generic loop with copies of its function, state and control value.
    for_in(r) {
        let a = r.a();
        let f = Value(r.reg(a));
        if f.tag() != TAG_FUNCTION {
            leave!(r)
        }
        let entry = r.core.get(f.payload(), Closure::ENTRY);
        let is_lua = r.core.get(entry, field::PATTERN) == r.core.get(r.ip, field::EXPECTED);
        if !is_lua {
            become_!(r, super::iterate::iterator_of_header(entry))
        }
        let (state, control) = (r.reg(a.wrapping_add(1)), r.reg(a.wrapping_add(2)));
        let to = a.wrapping_add(3);
        r.set(to, f.0);
        r.set(to.wrapping_add(1), state);
        r.set(to.wrapping_add(2), control);
        let wanted = r.c().wrapping_add(1);
        enter_lua!(r, to, entry, wanted)
    }
}

handler! {
    /// Behind the call of an iterator: goes on with the loop, or over the jump.
    for_test(r) {
        let a = r.a();
        let first = r.reg(a.wrapping_add(3));
        if (first >> 32) as u32 == TAG_NIL {
            r.ip = r.ip.wrapping_add(SLOT);
            r.fuel.skip();
            dispatch!(r)
        }
        r.set(a.wrapping_add(2), first);
        let by = r.core.get(r.ip, field::JUMP);
        r.ip = r.ip.wrapping_add(SLOT).wrapping_add_signed(by);
        r.fuel.jump(by);
        dispatch_checked!(r)
    }
}

/// Goes back to the caller that the record at `fp` tells of. Many activations may return one after the other, and none of
/// them does anything else: so this is a place where fuel may end.
macro_rules! go_back {
    ($r:ident, $fp:ident) => {{ go_back!($r, $fp, dispatch_paid) }};
    ($r:ident, $fp:ident, $dispatch:ident) => {{
        let ip = $r.core.get($fp, frame::IP);
        $r.core.set(AT, root::FP, $fp.wrapping_sub(frame::SIZE));
        $r.fuel.go($r.ip.wrapping_add(SLOT), ip);
        $r.ip = ip;
        $r.base = $r.core.window($r.core.get($fp, frame::BASE));
        $r.k = $r.core.window($r.core.get($fp, frame::K));
        $dispatch!($r)
    }};
}

/// `frame::AUX` of an activation that an instruction needed: it wants one result.
pub(super) const FOR_INSTRUCTION: u32 = 2 | (frame::FLAG_META as u32) << 24;

/// `frame::AUX` of the activation that a run begins with.
pub(super) const ENTRY: u32 = (frame::FLAG_ENTRY as u32) << 24;

/// Whether an activation with this `frame::AUX` returns like a plain call: to Lua code, to an instruction, or
/// to nobody, which is the stub's to know.
#[inline(always)]
pub(super) fn returns_here(aux: u32) -> bool {
    aux <= 255 || aux == FOR_INSTRUCTION || aux == ENTRY
}

handler! { return_one<const CLOSE: bool>(r) {
    if CLOSE && has_open(&r) {
        become_!(r, super::upvalue::close_first)
    }
    let fp = r.core.get(AT, root::FP);
    let aux = r.core.get(fp, frame::AUX);
    // Two: one result wanted. One: none wanted, and the slot is free.
    if aux > 2 {
        become_!(r, return_rarely)
    }
    let v = r.reg(r.a());
    r.core.set_below(r.base, v);
    if aux == 0 {
        let top = r.core.offset_of(r.base);
        r.core.set(AT, root::TOP, top);
    }
    go_back!(r, fp)
} }

handler! { return_none<const CLOSE: bool>(r) {
    if CLOSE && has_open(&r) {
        become_!(r, super::upvalue::close_first)
    }
    let fp = r.core.get(AT, root::FP);
    let aux = r.core.get(fp, frame::AUX);
    if aux > 2 {
        become_!(r, return_rarely)
    }
    r.core.set_below(r.base, Value::NIL.0);
    if aux == 0 {
        let top = r.core.offset_of(r.base).wrapping_sub(8);
        r.core.set(AT, root::TOP, top);
    }
    go_back!(r, fp)
} }

handler! {
    /// Returns at most one value to an instruction or to code that wants several.
    #[inline(never)]
    return_rarely(r) {
        let fp = r.core.get(AT, root::FP);
        let aux = r.core.get(fp, frame::AUX);
        if !returns_here(aux) {
            leave!(r)
        }
        let (count, v) = match r.b() {
            1 => (0, Value::NIL.0),
            _ => (8, r.reg(r.a())),
        };
        r.core.set_below(r.base, v);
        let mut to = r.core.offset_of(r.base).wrapping_sub(8);
        r.core.set(AT, root::RETURNED, to);
        if aux & 255 == 0 {
            r.core.set(AT, root::TOP, to.wrapping_add(count));
        }
        for _ in 2..aux & 255 {
            to = to.wrapping_add(8);
            r.core.store(to, Value::NIL.0);
        }
        if aux == ENTRY {
            // What is over is over, however much it took.
            go_back!(r, fp, dispatch)
        }
        go_back!(r, fp)
    }
}
