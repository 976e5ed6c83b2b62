//! The collector's barrier of the hot handlers. While it marks, every handler that stores a reference into an
//! object is replaced by one from here, which marks what is stored (and the key) and then goes on with the
//! ordinary one, or by a way to do without it. So the barrier costs nothing while nothing is marked. A new
//! handler that stores needs a row in [`storing`].

use super::{Core, Handler, Memory, Regs, Table, become_, handler, leave};
use super::{build, call, enter, load, loops, native, store, upvalue};
use crate::data::closure;
use crate::exec::build::MOST_SHADED;
use crate::exec::code::Code;
use crate::heap::{barrier, phase};
use crate::objects::Thread;
use crate::objects::root::{self, AT};
use crate::value::Value;
use bvm_cage::Window;

/// Puts the handlers of this file into a table.
pub(super) fn install<S: Memory>(table: &mut Table<S>) {
    for (code, handler) in storing::<S>() {
        table[code as usize] = handler;
    }
}

/// The codes that store references, with what they do meanwhile; and the loop, which is a safepoint then.
fn storing<S: Memory>() -> [(Code, Handler<S>); 19] {
    [
        (Code::SetUpval, set_upval::<S>),
        (Code::SetGlobal, set_global::<S>),
        (Code::SetField, set_field::<S, false>),
        (Code::SetFieldK, set_field::<S, true>),
        (Code::SetIndex, set_index::<S, false>),
        (Code::SetIndexK, set_index::<S, true>),
        (Code::SetTable, set_table::<S, false>),
        (Code::SetTableK, set_table::<S, true>),
        (Code::SetList, set_list::<S>),
        (Code::Close, close::<S>),
        (Code::Return0Close, return_none::<S>),
        (Code::Return1Close, return_one::<S>),
        (Code::ReturnMany, return_many::<S, false>),
        (Code::ReturnManyVararg, return_many::<S, true>),
        (Code::TailCall, tail_call::<S, false>),
        (Code::TailCallVararg, tail_call::<S, true>),
        (Code::Closure, load::cold::<S>),
        (Code::ForLoop, for_loop::<S>),
        (Code::SetMetatableEntry, native::call_leaf::<S>),
    ]
}

/// Whether the collector is marking.
#[inline(always)]
pub(super) fn is_marking<S: Memory>(core: &Core<'_, S>) -> bool {
    core.get(AT, root::PHASE) == phase::MARK
}

/// Marks a value if it is an object that is not marked yet.
#[inline(always)]
fn shade<'c, S: Memory>(core: Core<'c, S>, word: u64) -> Core<'c, S> {
    let v = Value(word);
    let at = v.payload();
    let place = core.get(AT, root::MARKS).wrapping_add(at >> 7);
    if !v.is_object() || core.load::<u8>(place) & 1 << (at >> 4 & 7) != 0 {
        return core;
    }
    mark(core, at)
}

/// Nothing of a handler is lent to this, so that its last call can be a jump. The same holds below.
#[inline(never)]
fn mark<'c, S: Memory>(mut core: Core<'c, S>, at: u32) -> Core<'c, S> {
    barrier::shade_object(&mut core.masked(), at);
    core
}

/// Marks the values from `first` on.
#[inline(never)]
fn shade_list<'c, S: Memory>(mut core: Core<'c, S>, first: u32, count: u32) -> Core<'c, S> {
    barrier::shade_list(&mut core.masked(), first, count);
    core
}

/// Marks the values of the variables that are closed at and above `slot`.
#[inline(never)]
fn shade_open<'c, S: Memory>(mut core: Core<'c, S>, slot: u32) -> Core<'c, S> {
    closure::shade_open(&mut core.masked(), slot);
    core
}

/// The thread at `t` stops running. Unlike what is stored, this is asked for at all times: a switch takes much longer.
#[inline(always)]
pub(super) fn stopped<S: Memory>(core: Core<'_, S>, t: u32) -> Core<'_, S> {
    match is_marking(&core) && core.get(t, Thread::LISTED) != core.get(AT, root::CYCLE) {
        true => list(core, t),
        false => core,
    }
}

#[cold]
#[inline(never)]
fn list<S: Memory>(mut core: Core<'_, S>, t: u32) -> Core<'_, S> {
    barrier::stopped(&mut core.masked(), Thread(t));
    core
}

handler! { for_loop(r) {
    if r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD) {
        // The collector has something to do, and this is a safepoint.
        leave!(r)
    }
    become_!(r, loops::for_loop)
} }

handler! { set_upval(r) {
    let v = r.reg(r.a());
    r.core = shade(r.core, v);
    become_!(r, upvalue::set_upval)
} }

handler! { set_global(r) {
    let v = r.reg(r.a());
    r.core = shade(r.core, v);
    become_!(r, store::set_global)
} }

handler! { set_field<const K: bool>(r) {
    let key = r.core.konst::<u64>(r.k, u16::from(r.b()));
    let v = store::stored::<S, K>(&r);
    r.core = shade(shade(r.core, key), v);
    become_!(r, store::set_field::<S, K>)
} }

handler! { set_index<const K: bool>(r) {
    let v = store::stored::<S, K>(&r);
    r.core = shade(r.core, v);
    become_!(r, store::set_index::<S, K>)
} }

handler! { set_table<const K: bool>(r) {
    let key = r.reg(r.b());
    let v = store::stored::<S, K>(&r);
    r.core = shade(shade(r.core, key), v);
    become_!(r, store::set_table::<S, K>)
} }

handler! { set_list(r) {
    let first = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8 + 8);
    let count = match u32::from(r.b()) {
        0 => r.core.get(AT, root::TOP).wrapping_sub(first) / 8,
        b => b,
    };
    // A longer list is up to cold code.
    r.core = shade_list(r.core, first, count.min(MOST_SHADED));
    become_!(r, build::set_list)
} }

handler! { close(r) {
    let slot = r.core.offset_of(r.base).wrapping_add(u32::from(r.a()) * 8);
    r.core = shade_open(r.core, slot);
    become_!(r, upvalue::close)
} }

/// Marks what the running function closes when it is left.
macro_rules! shade_closed {
    ($r:ident) => {
        if upvalue::has_open(&$r) {
            let base = $r.core.offset_of($r.base);
            $r.core = shade_open($r.core, base);
        }
    };
}

handler! { return_none(r) {
    shade_closed!(r);
    become_!(r, call::return_none::<S, true>)
} }

handler! { return_one(r) {
    shade_closed!(r);
    become_!(r, call::return_one::<S, true>)
} }

handler! { return_many<const VARARG: bool>(r) {
    shade_closed!(r);
    become_!(r, enter::return_many::<S, VARARG>)
} }

handler! { tail_call<const VARARG: bool>(r) {
    shade_closed!(r);
    become_!(r, enter::tail_call::<S, VARARG>)
} }
