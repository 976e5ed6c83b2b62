//! Metamethods that are Lua functions: called for an instruction, and its end when they return.

use super::enter::{Header, open_window, push_record, reach};
use super::table::{Probe, handler_of, is_nil, probe_any};
use super::{Core, Memory, Regs, dispatch, dispatch_checked, field, handler, leave, next};
use crate::exec::code::Code;
use crate::exec::cpu::SLOT;
use crate::exec::stubs;
use crate::meta::Event;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, Table, frame, node};
use crate::value::{TAG_FUNCTION, TAG_TABLE, Type, Value};
use bvm_cage::Window;

/// Where the metatable of numbers is in the root page.
const NUMBER_META: u32 = root::TYPE_META as u32 + 4 * Type::Number as u32;

/// Enters the Lua function `f` above the registers that are alive, on behalf of the instruction at `ip`; `false` when
/// that is up to the cold code, and nothing has changed.
#[inline(always)]
fn enter<S: Memory, const N: usize>(r: &mut Regs<'_, S>, f: Value, args: [u64; N]) -> bool {
    if f.tag() != TAG_FUNCTION || r.core.get(AT, root::HOOKED) != 0 {
        return false;
    }
    let h = Header::read(&r.core, r.core.get(f.payload(), Closure::ENTRY));
    let at = r.registers_end(r.ip);
    let first = at.wrapping_add(8);
    let count = N as u32;
    let fp = r.core.get(AT, root::FP);
    if !h.is_simple(&r.core)
        || reach(h, first, count) > r.core.get(AT, root::STACK_LIMIT)
        || fp >= r.core.get(AT, root::FRAME_LIMIT)
    {
        return false;
    }
    r.core.store(at, f.0);
    let mut to = first;
    for arg in args {
        r.core.store(to, arg);
        to = to.wrapping_add(8);
    }
    push_record(r, fp, stubs::META, super::call::FOR_INSTRUCTION);
    r.core.set(fp, frame::next(frame::EXTRA), 0);
    r.core.set(fp, frame::next(frame::NOTE), r.ip);
    open_window(r, h, fp.wrapping_add(frame::SIZE), first, count);
    // The instruction is paid when it ends; the call is free.
    r.fuel.skip();
    true
}

/// What a value that is a table has for an event, when it has a metatable.
#[inline(always)]
fn handler_of_table<S: Memory>(r: &Regs<'_, S>, v: u64, event: Event) -> Option<Value> {
    let table = Value(v).untag(TAG_TABLE)?;
    match r.core.get(table, Table::META) {
        0 => None,
        meta => handler_of(&r.core, meta, event),
    }
}

/// The event of an arithmetic code, and its operands in the order of the source.
#[inline(always)]
fn operands<S: Memory>(r: &Regs<'_, S>) -> (Option<Event>, u64, u64) {
    let code = r.core.get(r.ip, field::CODE);
    let is = |codes: &[Code]| codes.iter().any(|&c| c as u8 == code);
    let event = if is(&[Code::AddRR, Code::AddRK]) {
        Event::Add
    } else if is(&[Code::SubRR, Code::SubRK, Code::SubKR]) {
        Event::Sub
    } else if is(&[Code::MulRR, Code::MulRK, Code::MulAdd]) {
        Event::Mul
    } else if is(&[Code::DivRR, Code::DivRK, Code::DivKR]) {
        Event::Div
    } else {
        return (None, 0, 0);
    };
    let konst = |i: u8| r.core.konst::<u64>(r.k, u16::from(i));
    if is(&[Code::SubKR, Code::DivKR]) {
        return (Some(event), konst(r.b()), r.reg(r.c()));
    }
    if is(&[
        Code::AddRR,
        Code::SubRR,
        Code::MulRR,
        Code::MulAdd,
        Code::DivRR,
    ]) {
        return (Some(event), r.reg(r.b()), r.reg(r.c()));
    }
    match r.core.get(r.ip, field::D) {
        0 => (Some(event), r.reg(r.b()), konst(r.c())),
        _ => (Some(event), konst(r.c()), r.reg(r.b())),
    }
}

handler! {
    /// An arithmetic instruction whose result is no number: a metamethod of a table is called.
    #[inline(never)]
    arith(r) {
        let (Some(event), x, y) = operands(&r) else {
            leave!(r)
        };
        // The second operand is asked only when the first one is a number that has no handler.
        let numbers_have = r.core.load::<u32>(AT + NUMBER_META) != 0;
        let f = match Value(x).is_number() {
            true if numbers_have => None,
            true => handler_of_table(&r, y, event),
            false => handler_of_table(&r, x, event),
        };
        match f {
            Some(f) if enter(&mut r, f, [x, y]) => dispatch_checked!(r),
            _ => leave!(r),
        }
    }
}

handler! {
    /// The same for a negation.
    #[inline(never)]
    unm(r) {
        let v = r.reg(r.b());
        match handler_of_table(&r, v, Event::Unm) {
            Some(f) if enter(&mut r, f, [v, v]) => dispatch_checked!(r),
            _ => leave!(r),
        }
    }
}

/// Whether a table certainly does not have a key.
#[inline(always)]
fn lacks<S: Memory>(r: &Regs<'_, S>, table: u64, key: u64) -> bool {
    match probe_any(&r.core, Value(table).payload(), Value(key)) {
        Probe::At(n) => is_nil(r.core.get(n, node::VALUE)),
        Probe::Missing => true,
        Probe::Unknown => false,
    }
}

/// A key that a table does not have, by a function in its metatable's `__index`.
macro_rules! index {
    ($r:ident, $key:expr) => {{
        let object = $r.reg($r.b());
        let key: u64 = $key;
        match handler_of_table(&$r, object, Event::Index) {
            Some(f) if lacks(&$r, object, key) && enter(&mut $r, f, [object, key]) => {
                dispatch_checked!($r)
            }
            _ => leave!($r),
        }
    }};
}

handler! {
    /// The field of a constant that a table does not have, by a function in its `__index`.
    #[inline(never)]
    index_field(r) { index!(r, r.core.konst::<u64>(r.k, u16::from(r.c()))) }
}

handler! {
    /// The same for a key in a register.
    #[inline(never)]
    index_key(r) { index!(r, r.reg(r.c())) }
}

/// Whether an instruction ends by putting a result into `R(a)`.
fn takes_result(code: u8) -> bool {
    const TAKES: [Code; 19] = [
        Code::GetField,
        Code::GetTable,
        Code::GetTables,
        Code::Unm,
        Code::AddRR,
        Code::AddRK,
        Code::SubRR,
        Code::SubRK,
        Code::SubKR,
        Code::MulRR,
        Code::MulRK,
        Code::MulAdd,
        Code::DivRR,
        Code::DivRK,
        Code::DivKR,
        Code::ModRR,
        Code::ModRK,
        Code::PowRR,
        Code::PowRK,
    ];
    TAKES.iter().any(|&c| c as u8 == code)
}

handler! {
    /// A metamethod has returned: the instruction that it was called for ends.
    returned(r) {
        let left = r.core.get(AT, root::FP).wrapping_add(frame::SIZE);
        let at = r.core.get(left, frame::NOTE);
        if !takes_result(r.core.get(at, field::CODE)) {
            leave!(r)
        }
        let v = r.core.load::<u64>(r.core.get(AT, root::RETURNED));
        r.fuel.go(r.ip, at);
        r.ip = at;
        r.set(r.a(), v);
        next!(r)
    }
}
