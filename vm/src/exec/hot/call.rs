//! Calls of Lua functions with as many arguments as they have parameters, and returns of at most one
//! value to Lua code.

use super::{Core, Memory, Regs, dispatch, dispatch_checked, field, handler, leave};
use crate::exec::cpu::SLOT;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Upval, frame};
use crate::value::{TAG_FUNCTION, Value};
use bvm_cage::Window;

handler! { call(r) {
    let a = r.a();
    let f = Value(r.reg(a));
    if f.tag() != TAG_FUNCTION {
        leave!(r)
    }
    let entry = r.core.get(f.payload(), Closure::ENTRY);
    if r.core.get(entry, field::PATTERN) != r.core.get(r.ip, field::EXPECTED) {
        leave!(r)
    }
    let old = r.core.offset_of(r.base);
    let new = old.wrapping_add(8 + u32::from(a) * 8);
    let end = new.wrapping_add(u32::from(r.core.get(entry, field::B)) * 8);
    let fp = r.core.get(AT, root::FP).wrapping_add(frame::SIZE);
    if end > r.core.get(AT, root::STACK_LIMIT) || fp > r.core.get(AT, root::FRAME_LIMIT) {
        leave!(r)
    }
    let k = r.core.offset_of(r.k);
    let back = r.ip.wrapping_add(SLOT);
    let wanted = u64::from(r.c());
    r.core.set(fp, frame::IP, back);
    r.core.set(fp, frame::BASE, old);
    r.core.set(fp, frame::AUX_TAIL, wanted);
    r.core.set(fp, frame::K, k);
    r.core.set(AT, root::FP, fp);
    r.fuel += i64::from(entry) - i64::from(r.ip);
    r.ip = entry.wrapping_add(SLOT);
    r.base = r.core.window(new);
    r.k = r.core.window(r.core.get(entry, field::D));
    dispatch_checked!(r)
} }

/// Whether a return has open upvalues to close.
#[inline(always)]
fn has_open<S: Memory>(r: &Regs<'_, S>) -> bool {
    let open = r.core.get(AT, root::OPEN);
    open != 0 && r.core.get(open, Upval::AT) >= r.core.offset_of(r.base)
}

/// Goes back to the caller that the record at `fp` tells of.
macro_rules! go_back {
    ($r:ident, $fp:ident) => {{
        let ip = $r.core.get($fp, frame::IP);
        $r.core.set(AT, root::FP, $fp.wrapping_sub(frame::SIZE));
        $r.fuel += i64::from(ip) - i64::from($r.ip.wrapping_add(SLOT));
        $r.ip = ip;
        $r.base = $r.core.window($r.core.get($fp, frame::BASE));
        $r.k = $r.core.window($r.core.get($fp, frame::K));
        dispatch!($r)
    }};
}

handler! { return_one<const CLOSE: bool>(r) {
    let fp = r.core.get(AT, root::FP);
    let aux = r.core.get(fp, frame::AUX);
    // Two: one result wanted. One: none wanted, and the slot is free.
    if aux > 2 || (CLOSE && has_open(&r)) {
        leave!(r)
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
    let fp = r.core.get(AT, root::FP);
    let aux = r.core.get(fp, frame::AUX);
    if aux > 2 || (CLOSE && has_open(&r)) {
        leave!(r)
    }
    r.core.set_below(r.base, Value::NIL.0);
    if aux == 0 {
        let top = r.core.offset_of(r.base).wrapping_sub(8);
        r.core.set(AT, root::TOP, top);
    }
    go_back!(r, fp)
} }
