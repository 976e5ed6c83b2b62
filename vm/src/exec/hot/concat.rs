//! Concatenation of a few short strings and numbers. Long results, and metamethods, are up to the cold
//! code.

use super::{Core, DUE, GO_ON, Memory, OUT, Regs, become_, dispatch, handler, leave, load, next};
use crate::data::string;
use crate::exec::cpu::SLOT;
use crate::exec::operate::{TEXT_BUFFER, gather};
use crate::heap;
use crate::objects::Str;
use crate::objects::root::{self, AT};
use crate::value::{TAG_STRING, Value};
use bvm_cage::Window;

handler! { concat(r) {
    if r.core.get(AT, root::GIVEN) >= r.core.get(AT, root::THRESHOLD) {
        leave!(r)
    }
    let (first, last) = (u32::from(r.b()), u32::from(r.c()));
    let base = r.core.offset_of(r.base);
    let end = r.frame_end();
    r.core = join(r.core, base.wrapping_add(first * 8), last.wrapping_sub(first) + 1, end);
    let signal = r.core.get(AT, root::SIGNAL);
    if signal == OUT {
        leave!(r)
    }
    let s = r.core.get(AT, root::MADE);
    let len = r.core.get(s, Str::LEN);
    r.fuel.pay(len / 64);
    r.set(r.a(), Value::tagged(TAG_STRING, s).0);
    if signal == DUE {
        r.ip = r.ip.wrapping_add(SLOT);
        become_!(r, load::made)
    }
    next!(r)
} }

/// Joins the texts of `count` values from `first` on; all registers end at `end`. The string is in the
/// root page afterwards; when there is none, the signal says so. Where memory is full cold code knows what to do.
#[inline(never)]
fn join<S: Memory>(mut core: Core<'_, S>, first: u32, count: u32, end: u32) -> Core<'_, S> {
    if core.get(AT, root::MEMORY_LENT) != 0 {
        core.set(AT, root::SIGNAL, OUT);
        return core;
    }
    let mut mem = core.masked();
    let mut text = [0; TEXT_BUFFER];
    let joined = gather(&mem, first, count, &mut text).and_then(|len| {
        // Making a string may collect, and all registers are alive.
        mem.set(AT, root::TOP, end);
        string::intern(&mut mem, text.get(..len)?).ok()
    });
    let (signal, made) = match joined {
        Some(s) if heap::due(&mem) || mem.host().walked.get() != 0 => (DUE, s.0),
        Some(s) => (GO_ON, s.0),
        None => (OUT, 0),
    };
    core.set(AT, root::SIGNAL, signal);
    core.set(AT, root::MADE, made);
    core
}
