//! Switches between coroutines: a resume of one that has yielded, and a yield to whoever only hands on what
//! comes. Must do what `exec::coroutine` does; everything unusual goes there.

use super::enter::{arguments, copy_iterator, push_record};
use super::native::{ROOM, is_quiet};
use super::{Core, Memory, Regs, become_, dispatch, dispatch_checked, handler};
use crate::data::thread::{NORMAL, RUNNING, SUSPENDED};
use crate::exec::coroutine::MAX_RESUMES;
use crate::exec::cpu::SLOT;
use crate::exec::frame::MARGIN;
use crate::exec::stubs;
use crate::native::{RETURNS_ALL, RETURNS_REST, STEP};
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, Thread, frame};
use crate::value::{TAG_THREAD, Value};
use bvm_cage::Window;

/// Most values that are handed over here.
const MOST_VALUES: u32 = 16;

/// Units for a switch of threads, as the natives charge it, for up to `MOST_VALUES` less one arguments.
const SWITCH: u64 = 4;

/// `frame::AUX` of a native without flags, less the results wanted.
const NATIVE: u32 = (frame::KIND_NATIVE as u32) << 16;

/// Puts the running thread's state into its object: in the native whose window is at `window`, with live
/// values up to `top`.
#[inline(always)]
fn suspend<S: Memory>(r: &mut Regs<'_, S>, status: u8, window: u32, top: u32) {
    let t = r.core.get(AT, root::THREAD);
    let (fp, open) = (r.core.get(AT, root::FP), r.core.get(AT, root::OPEN));
    let k = r.core.offset_of(r.k);
    r.core.set(t, Thread::STATUS, status);
    r.core.set(t, Thread::FP, fp);
    r.core.set(t, Thread::IP, stubs::NATIVE_RUN);
    r.core.set(t, Thread::BASE, window);
    r.core.set(t, Thread::K, k);
    r.core.set(t, Thread::OPEN, open);
    r.core.set(t, Thread::TOP, top);
}

/// End of the value stack of a thread, less the margin.
#[inline(always)]
fn stack_limit<S: Memory>(core: &Core<'_, S>, t: u32) -> u32 {
    let size = core.get(t, Thread::STACKSIZE);
    core.get(t, Thread::STACK)
        .wrapping_add(size)
        .wrapping_sub(MARGIN)
}

/// Makes `t`, which is in a native whose record is at `fp`, the running thread, behind that native.
#[inline(always)]
fn switch_behind<S: Memory>(r: &mut Regs<'_, S>, t: u32, fp: u32) {
    let frames = r.core.get(t, Thread::FRAMES);
    let frames_end = frames.wrapping_add(r.core.get(t, Thread::FRAMESIZE));
    let (limit, open) = (stack_limit(&r.core, t), r.core.get(t, Thread::OPEN));
    r.core.set(t, Thread::STATUS, RUNNING);
    r.core.set(AT, root::THREAD, t);
    r.core.set(AT, root::FP, fp.wrapping_sub(frame::SIZE));
    r.core
        .set(AT, root::FRAME_LIMIT, frames_end.wrapping_sub(frame::SIZE));
    r.core.set(AT, root::STACK_LIMIT, limit);
    r.core.set(AT, root::OPEN, open);
    let ip = r.core.get(fp, frame::IP);
    // The call that switched costs a unit.
    r.fuel.go(r.ip.wrapping_add(SLOT), ip);
    r.ip = ip;
    r.base = r.core.window(r.core.get(fp, frame::BASE));
    r.k = r.core.window(r.core.get(fp, frame::K));
}

/// Puts `count` values that lie from `from` on to `to`: as many as `wanted` less one, or all for 0.
#[inline(always)]
fn hand_over<S: Memory>(core: &mut Core<'_, S>, from: u32, count: u32, to: u32, wanted: u32) {
    let places = match wanted {
        0 => count,
        n => n - 1,
    };
    for i in 0..places {
        let v = match i < count {
            true => core.load::<u64>(from.wrapping_add(i * 8)),
            false => Value::NIL.0,
        };
        core.store(to.wrapping_add(i * 8), v);
    }
    if wanted == 0 {
        core.set(AT, root::TOP, to.wrapping_add(count * 8));
    }
}

/// Whether the thread `t` can be switched to from hot code: it is in a native, has no hook, and room for
/// `count` values from `to` on.
#[inline(always)]
fn can_take<S: Memory>(core: &Core<'_, S>, t: u32, to: u32, count: u32) -> bool {
    let end = to.wrapping_add((count + ROOM) * 8);
    core.get(t, Thread::HOOKMASK) == 0 && end <= stack_limit(core, t)
}

/// Resumes the coroutine `$t`, a value, by a native in register `$a` with the `$count` values from `$from`
/// on; `$step` is the native's next step, `$otherwise` the handler for everything unusual.
macro_rules! resume {
    ($r:ident, $t:expr, $a:expr, $from:expr, $count:expr, $wanted:expr, $step:expr, $otherwise:path) => {{
        let co: Value = $t;
        let (from, count): (u32, u32) = ($from, $count);
        let depth = $r.core.get(AT, root::RESUME_DEPTH);
        if co.tag() != TAG_THREAD
            || count >= MOST_VALUES - 1
            || depth >= MAX_RESUMES
            || !is_quiet(&$r)
            || $r.fuel.units($r.ip) < SWITCH + 1
        {
            become_!($r, $otherwise)
        }
        let t = co.payload();
        let behind = $r.core.get(t, Thread::FP);
        let to = $r.core.get(t, Thread::BASE).wrapping_sub(8);
        let fp = $r.core.get(AT, root::FP).wrapping_add(frame::SIZE);
        let window = $r
            .core
            .offset_of($r.base)
            .wrapping_add(8 + u32::from($a) * 8);
        if $r.core.get(t, Thread::STATUS) != SUSPENDED
            || behind == $r.core.get(t, Thread::FRAMES)
            || !can_take(&$r.core, t, to, count)
            || fp > $r.core.get(AT, root::FRAME_LIMIT)
            || window.wrapping_add(ROOM * 8) > $r.core.get(AT, root::STACK_LIMIT)
        {
            become_!($r, $otherwise)
        }
        let back = $r.ip.wrapping_add(SLOT);
        push_record(&mut $r, fp, back, u32::from($wanted) | NATIVE);
        $r.core.set(fp, frame::EXTRA, $step);
        $r.core.set(fp, frame::TOP, 0);
        suspend(&mut $r, NORMAL, window, window.wrapping_add(8));
        let resumer = $r.core.get(AT, root::THREAD);
        $r.core.set(t, Thread::RESUMER, resumer);
        $r.core.set(AT, root::RESUME_DEPTH, depth + 1);
        let wanted = u32::from($r.core.get(behind, frame::WANTED));
        $r.core.set(AT, root::TOP, $r.core.get(t, Thread::TOP));
        $r.core.set(AT, root::RETURNED, to);
        hand_over(&mut $r.core, from, count, to, wanted);
        // The coroutine is what the native keeps in its window.
        $r.core.store(window, co.0);
        switch_behind(&mut $r, t, behind);
        $r.fuel.take(SWITCH);
        dispatch_checked!($r)
    }};
}

handler! {
    /// A call of `coroutine.resume`.
    #[inline(never)]
    resume(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        if nargs == 0 {
            become_!(r, super::native::call)
        }
        let co = Value(r.reg(a.wrapping_add(1)));
        let from = r.core.offset_of(r.base).wrapping_add(16 + u32::from(a) * 8);
        resume!(r, co, a, from, nargs - 1, wanted, 1 | RETURNS_ALL, super::native::call)
    }
}

/// The coroutine of a function that `coroutine.wrap` has made.
#[inline(always)]
fn wrapped_in<S: Memory>(r: &Regs<'_, S>, function: u8) -> Value {
    let f = Value(r.reg(function)).payload();
    Value(r.core.load(f.wrapping_add(NativeClosure::SIZE)))
}

handler! {
    /// A call of what `coroutine.wrap` returns.
    #[inline(never)]
    wrapped(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        let co = wrapped_in(&r, a);
        let from = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        resume!(r, co, a, from, nargs, wanted, 1 | RETURNS_REST, super::native::call)
    }
}

handler! {
    /// The same as the iterator of a generic loop.
    #[inline(never)]
    wrapped_iterator(r) {
        let co = wrapped_in(&r, r.a());
        let a = copy_iterator(&mut r);
        let wanted = r.c().wrapping_add(1);
        let from = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        resume!(r, co, a, from, 2, wanted, 1 | RETURNS_REST, super::native::call_iterator)
    }
}

handler! {
    /// A call of `coroutine.yield` in a coroutine.
    #[inline(never)]
    yield_values(r) {
        let (a, count, wanted) = (r.a(), arguments(&r), u32::from(r.c()));
        let t = r.core.get(AT, root::THREAD);
        let to_thread = r.core.get(t, Thread::RESUMER);
        if t == r.core.get(AT, root::MAIN) || to_thread == 0 || count >= MOST_VALUES || !is_quiet(&r) {
            become_!(r, super::native::call)
        }
        let behind = r.core.get(to_thread, Thread::FP);
        let step = r.core.get(behind, frame::EXTRA);
        let kind = step & !STEP;
        let to = r.core.get(to_thread, Thread::BASE).wrapping_sub(8);
        let fp = r.core.get(AT, root::FP).wrapping_add(frame::SIZE);
        if (kind != RETURNS_ALL && kind != RETURNS_REST)
            || !can_take(&r.core, to_thread, to, count)
            || fp > r.core.get(AT, root::FRAME_LIMIT)
        {
            become_!(r, super::native::call)
        }
        let back = r.ip.wrapping_add(SLOT);
        push_record(&mut r, fp, back, wanted | NATIVE);
        r.core.set(fp, frame::EXTRA, 0);
        let window = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        suspend(&mut r, SUSPENDED, window, window);
        r.core.set(t, Thread::RESUMER, 0);
        let depth = r.core.get(AT, root::RESUME_DEPTH).saturating_sub(1);
        r.core.set(AT, root::RESUME_DEPTH, depth);
        let wanted = u32::from(r.core.get(behind, frame::WANTED));
        r.core.set(AT, root::RETURNED, to);
        // `coroutine.resume` returns `true` before them.
        let lead = u32::from(kind == RETURNS_ALL && wanted != 1);
        if lead != 0 {
            r.core.store(to, Value::TRUE.0);
        }
        let behind_lead = to.wrapping_add(lead * 8);
        hand_over(&mut r.core, window, count, behind_lead, wanted.saturating_sub(lead));
        switch_behind(&mut r, to_thread, behind);
        dispatch_checked!(r)
    }
}
