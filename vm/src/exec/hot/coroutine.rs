//! Switches between coroutines: resumes, and yields and returns to whoever only hands on what comes. Must do
//! what `exec::coroutine` does; everything unusual goes there.

use super::barrier;
use super::enter::{
    Header, arguments, copy_iterator, copy_up, fill_nil, open_window, push_record, reach,
};
use super::native::is_quiet;
use super::{Core, Memory, Regs, become_, dispatch, dispatch_paid, handler, leave};
use crate::data::thread::{DEAD, NORMAL, RUNNING, SUSPENDED};
use crate::exec::coroutine::MAX_RESUMES;
use crate::exec::cpu::SLOT;
use crate::exec::frame::{MARGIN, ROOM};
use crate::exec::stubs;
use crate::native::{RETURNS_ALL, RETURNS_REST, STEP};
use crate::objects::root::{self, AT};
use crate::objects::{Closure, NativeClosure, Thread, frame};
use crate::value::{TAG_FUNCTION, TAG_THREAD, Value};
use bvm_cage::Window;

/// Most values that are handed over here: a stack has room for them above any window, in its margin.
const MOST_VALUES: u32 = 16;

/// Units for a switch of threads, as the natives charge it, for up to `MOST_VALUES` less one arguments.
const SWITCH: u32 = 4;

/// `frame::AUX` of a native without flags, less the results wanted.
const NATIVE: u32 = (frame::KIND_NATIVE as u32) << 16;

/// `frame::AUX` of the body of a coroutine, all of whose results are wanted.
const BEGINS: u32 = (frame::FLAG_ENTRY as u32) << 24;

/// Puts the running thread's state into its object: in the native whose window is at `window`, with live
/// values up to `top`.
#[inline(always)]
fn suspend<'c, S: Memory>(mut r: Regs<'c, S>, status: u8, window: u32, top: u32) -> Regs<'c, S> {
    let t = r.core.get(AT, root::THREAD);
    let (fp, open) = (r.core.get(AT, root::FP), r.core.get(AT, root::OPEN));
    let k = r.core.offset_of(r.k);
    // It has no hook, or it would not run here.
    r.core.set(t, Thread::STATUS_HOOKMASK, u16::from(status));
    r.core.set(t, Thread::FP, fp);
    r.core.set(t, Thread::IP, stubs::NATIVE_RUN);
    r.core.set(t, Thread::BASE, window);
    r.core.set(t, Thread::K, k);
    r.core.set(t, Thread::OPEN, open);
    r.core.set(t, Thread::TOP, top);
    r.core = barrier::stopped(r.core, t);
    r
}

/// End of the value stack of a thread, less the margin.
#[inline(always)]
fn stack_limit<S: Memory>(core: &Core<'_, S>, t: u32) -> u32 {
    let size = core.get(t, Thread::STACKSIZE);
    core.get(t, Thread::STACK)
        .wrapping_add(size)
        .wrapping_sub(MARGIN)
}

/// Makes `t` the running thread, with the record at `fp` as its last one.
#[inline(always)]
fn switch_to<S: Memory>(r: &mut Regs<'_, S>, t: u32, fp: u32) {
    let frames = r.core.get(t, Thread::FRAMES);
    let room = u32::from(r.core.get(t, Thread::ROOM)) * frame::SIZE;
    let frames_end = frames.wrapping_add(room);
    let (limit, open) = (stack_limit(&r.core, t), r.core.get(t, Thread::OPEN));
    r.core.set(t, Thread::STATUS_HOOKMASK, u16::from(RUNNING));
    r.core.set(AT, root::THREAD, t);
    r.core.set(AT, root::FP, fp);
    r.core
        .set(AT, root::FRAME_LIMIT, frames_end.wrapping_sub(frame::SIZE));
    r.core.set(AT, root::STACK_LIMIT, limit);
    r.core.set(AT, root::OPEN, open);
}

/// Goes on behind the native whose record at `fp` is popped, at no cost.
#[inline(always)]
fn go_behind<S: Memory>(r: &mut Regs<'_, S>, fp: u32) {
    let ip = r.core.get(fp, frame::IP);
    r.fuel.go(r.ip, ip);
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
    let moved = count.min(places) * 8;
    copy_up(core, from, to, moved);
    fill_nil(core, to.wrapping_add(moved), to.wrapping_add(places * 8));
    if wanted == 0 {
        core.set(AT, root::TOP, to.wrapping_add(count * 8));
    }
}

/// The Lua function of a coroutine that has not begun, if it can be entered here with `count` arguments.
#[inline(always)]
fn body_of<S: Memory>(core: &Core<'_, S>, t: u32, count: u32) -> Option<Header> {
    let f = Value(core.load(core.get(t, Thread::STACK))).untag(TAG_FUNCTION)?;
    let h = Header::read(core, core.get(f, Closure::ENTRY));
    let args = core.get(t, Thread::TOP);
    let fits = h.is_simple(core) && reach(h, args, count) <= stack_limit(core, t);
    if fits { Some(h) } else { None }
}

/// Resumes the coroutine `$co`, a value, by a native in register `$a` with the `$count` values from `$from`
/// on; `$step` is the native's next step, `$otherwise` the handler for everything unusual. `$BEGIN` for a
/// coroutine that has not begun, for which there is the handler `$begin`.
macro_rules! resume {
    ($r:ident, $BEGIN:ident, $co:expr, $a:expr, $from:expr, $count:expr, $wanted:expr, $step:expr,
     $begin:expr, $otherwise:expr) => {{
        let co: Value = $co;
        let (from, count): (u32, u32) = ($from, $count);
        let depth = $r.core.get(AT, root::RESUME_DEPTH);
        let fp = $r.core.get(AT, root::FP);
        let window = $r
            .core
            .offset_of($r.base)
            .wrapping_add(8 + u32::from($a) * 8);
        if co.tag() != TAG_THREAD
            || count >= MOST_VALUES - 1
            || depth >= MAX_RESUMES
            || !is_quiet(&$r)
            || $r.fuel.units($r.ip) < u64::from(SWITCH + 1)
            || fp >= $r.core.get(AT, root::FRAME_LIMIT)
            || window.wrapping_add((count + 2 + ROOM) * 8) > $r.core.get(AT, root::STACK_LIMIT)
        {
            become_!($r, $otherwise)
        }
        let t = co.payload();
        let behind = $r.core.get(t, Thread::FP);
        let to = $r.core.get(t, Thread::BASE).wrapping_sub(8);
        if $r.core.get(t, Thread::STATUS_HOOKMASK) != u16::from(SUSPENDED)
            || $r.core.get(t, Thread::RINGS) != $r.core.get(AT, root::RINGS)
        {
            become_!($r, $otherwise)
        }
        let mut body = None;
        if $BEGIN {
            body = body_of(&$r.core, t, count);
            if body.is_none() {
                become_!($r, $otherwise)
            }
        } else if behind == $r.core.get(t, Thread::FRAMES) {
            become_!($r, $begin)
        }
        let back = $r.ip.wrapping_add(SLOT);
        push_record(&mut $r, fp, back, u32::from($wanted) | NATIVE);
        $r.core.set(fp, frame::next(frame::EXTRA), $step);
        $r.core.set(fp, frame::next(frame::TOP), 0);
        $r = suspend($r, NORMAL, window, window.wrapping_add(8));
        let resumer = $r.core.get(AT, root::THREAD);
        $r.core.set(t, Thread::RESUMER, resumer);
        $r.core.set(AT, root::RESUME_DEPTH, depth + 1);
        let top = $r.core.get(t, Thread::TOP);
        $r.core.set(AT, root::TOP, top);
        if let Some(h) = body {
            hand_over(&mut $r.core, from, count, top, 0);
            switch_to(&mut $r, t, behind);
            $r.base = $r.core.window(top);
            $r.k = $r.core.window($r.core.get(t, Thread::K));
            push_record(&mut $r, behind, stubs::COROUTINE_END, BEGINS);
            open_window(&mut $r, h, behind.wrapping_add(frame::SIZE), top, count);
        } else {
            let wanted = u32::from($r.core.get(behind, frame::WANTED));
            $r.core.set(AT, root::RETURNED, to);
            hand_over(&mut $r.core, from, count, to, wanted);
            switch_to(&mut $r, t, behind.wrapping_sub(frame::SIZE));
            go_behind(&mut $r, behind);
            $r.fuel.pay(1);
        }
        // The coroutine is what the native keeps in its window.
        $r.core.store(window, co.0);
        $r.fuel.pay(SWITCH);
        dispatch_paid!($r)
    }};
}

handler! {
    /// A call of `coroutine.resume`.
    #[inline(never)]
    resume<const BEGIN: bool>(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        if nargs == 0 {
            become_!(r, super::native::call)
        }
        let co = Value(r.reg(a.wrapping_add(1)));
        let from = r.core.offset_of(r.base).wrapping_add(16 + u32::from(a) * 8);
        resume!(r, BEGIN, co, a, from, nargs - 1, wanted, 1 | RETURNS_ALL,
            resume::<S, true>, super::native::call)
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
    wrapped<const BEGIN: bool>(r) {
        let (a, nargs, wanted) = (r.a(), arguments(&r), r.c());
        let co = wrapped_in(&r, a);
        let from = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        resume!(r, BEGIN, co, a, from, nargs, wanted, 1 | RETURNS_REST,
            wrapped::<S, true>, super::native::call)
    }
}

handler! {
    /// The same as the iterator of a generic loop.
    #[inline(never)]
    wrapped_iterator<const BEGIN: bool>(r) {
        let co = wrapped_in(&r, r.a());
        let a = copy_iterator(&mut r);
        let wanted = r.c().wrapping_add(1);
        let from = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        resume!(r, BEGIN, co, a, from, 2, wanted, 1 | RETURNS_REST,
            wrapped_iterator::<S, true>, super::native::call_iterator)
    }
}

/// Whoever has resumed the running coroutine, and the record of the native that did it: when that only
/// hands on what it gets, and `count` is not too many.
#[inline(always)]
fn resumer_of<S: Memory>(core: &Core<'_, S>, count: u32) -> Option<(u32, u32)> {
    let t = core.get(AT, root::THREAD);
    let resumer = core.get(t, Thread::RESUMER);
    if t == core.get(AT, root::MAIN) || resumer == 0 || count >= MOST_VALUES {
        return None;
    }
    let behind = core.get(resumer, Thread::FP);
    let kind = core.get(behind, frame::EXTRA) & !STEP;
    let fits = kind == RETURNS_ALL || kind == RETURNS_REST;
    let is_hooked = core.get(resumer, Thread::HOOKMASK) != 0;
    let changes_rings = core.get(t, Thread::SCOPED) != 0
        || core.get(resumer, Thread::RINGS) != core.get(AT, root::RINGS);
    (fits && !is_hooked && !changes_rings).then_some((resumer, behind))
}

/// Goes back to the resumer, with `count` values that lie from `from` on; the running thread is suspended
/// already.
#[inline(always)]
fn give_back<S: Memory>(r: &mut Regs<'_, S>, resumer: u32, behind: u32, from: u32, count: u32) {
    let t = r.core.get(AT, root::THREAD);
    r.core.set(t, Thread::RESUMER, 0);
    let depth = r.core.get(AT, root::RESUME_DEPTH).saturating_sub(1);
    r.core.set(AT, root::RESUME_DEPTH, depth);
    let wanted = u32::from(r.core.get(behind, frame::WANTED));
    let to = r.core.get(resumer, Thread::BASE).wrapping_sub(8);
    r.core.set(AT, root::RETURNED, to);
    // `coroutine.resume` returns `true` before them.
    if r.core.get(behind, frame::EXTRA) & !STEP == RETURNS_ALL && wanted != 1 {
        r.core.store(to, Value::TRUE.0);
        let rest = to.wrapping_add(8);
        hand_over(&mut r.core, from, count, rest, wanted.saturating_sub(1));
    } else {
        hand_over(&mut r.core, from, count, to, wanted);
    }
    switch_to(r, resumer, behind.wrapping_sub(frame::SIZE));
    go_behind(r, behind);
}

handler! {
    /// A call of `coroutine.yield` in a coroutine.
    #[inline(never)]
    yield_values(r) {
        let (a, count, wanted) = (r.a(), arguments(&r), u32::from(r.c()));
        let fp = r.core.get(AT, root::FP);
        let window = r.core.offset_of(r.base).wrapping_add(8 + u32::from(a) * 8);
        if !is_quiet(&r)
            || fp >= r.core.get(AT, root::FRAME_LIMIT)
            || window.wrapping_add((count + ROOM) * 8) > r.core.get(AT, root::STACK_LIMIT)
        {
            become_!(r, super::native::call)
        }
        let Some((resumer, behind)) = resumer_of(&r.core, count) else {
            become_!(r, super::native::call)
        };
        let back = r.ip.wrapping_add(SLOT);
        push_record(&mut r, fp, back, wanted | NATIVE);
        r.core.set(fp, frame::next(frame::EXTRA), 0);
        r = suspend(r, SUSPENDED, window, window);
        give_back(&mut r, resumer, behind, window, count);
        r.fuel.pay(1);
        dispatch_paid!(r)
    }
}

handler! {
    /// The body of a coroutine has returned.
    returned(r) {
        let from = r.core.get(AT, root::RETURNED);
        let count = r.core.get(AT, root::TOP).wrapping_sub(from) / 8;
        let Some((resumer, behind)) = resumer_of(&r.core, count) else {
            leave!(r)
        };
        let window = r.core.offset_of(r.base);
        let stack = r.core.get(r.core.get(AT, root::THREAD), Thread::STACK);
        r = suspend(r, DEAD, window, stack);
        give_back(&mut r, resumer, behind, from, count);
        dispatch_paid!(r)
    }
}
