//! Hooks: the function that `debug.sethook` sets, called before lines, after counts of instructions,
//! at entries and at returns.
//!
//! While a thread has a hook, its instructions all go through the cold code, which asks here first; so
//! hooks cost nothing when there are none.

use super::cpu::{Cpu, SLOT};
use super::frame::Return;
use super::stubs;
use crate::data::string;
use crate::debug;
use crate::error::Raise;
use crate::heap::barrier;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, frame};
use crate::value::{TAG_LIGHT, Type, Value};
use bvm_isa::Op;

/// `Thread::HOOKMASK`: at every call.
pub const MASK_CALL: u8 = 1;
/// `Thread::HOOKMASK`: at every return.
pub const MASK_RETURN: u8 = 2;
/// `Thread::HOOKMASK`: before every line.
pub const MASK_LINE: u8 = 4;
/// `Thread::HOOKMASK`: after every `HOOKCOUNT` instructions.
pub const MASK_COUNT: u8 = 8;

/// `Thread::HOOKDONE`: what has been reported for the coming instruction.
const DONE_COUNT: u32 = 1;
const DONE_LINE: u32 = 2;
const DONE_RETURN: u32 = 4;
/// A call is still to be reported.
const ENTERED: u32 = 8;
/// `root::HOOKED`: only calls and returns are reported, so other instructions stay hot.
pub(super) const CALLS_HOOKED: u32 = 1;
/// `root::HOOKED`: every instruction goes through the cold code.
pub(super) const ALL_HOOKED: u32 = 2;
/// The step of a native whose return has been reported.
pub(crate) const LEAVING: u32 = 0xffff;

/// What there is to report.
enum Event {
    Call,
    Return,
    TailReturn,
    Line(u32),
    Count,
}

impl Event {
    fn name(&self) -> &'static str {
        match self {
            Event::Call => "call",
            Event::Return => "return",
            Event::TailReturn => "tail return",
            Event::Line(_) => "line",
            Event::Count => "count",
        }
    }
}

impl Cpu<'_, '_> {
    /// Sets or removes the hook of a thread.
    pub fn set_hook(&mut self, thread: Thread, hook: Value, mask: u8, count: u32) {
        let thread = thread.0;
        barrier::shade(self.mem, hook);
        self.mem.set(thread, Thread::HOOK, hook.0);
        self.mem.set(thread, Thread::HOOKMASK, mask);
        self.mem.set(thread, Thread::HOOKCOUNT, count);
        self.mem.set(thread, Thread::HOOKLEFT, count);
        if self.mem.get(thread, Thread::INHOOK) == 0 {
            // What an earlier hook has seen last is long gone.
            self.mem.set(thread, Thread::HOOKDONE, 0);
            self.mem.set(thread, Thread::LASTFP, 0);
        }
        self.hooks_changed();
    }

    /// To be called when the running thread's hook fields have changed.
    pub fn hooks_changed(&mut self) {
        let thread = self.mem.get(AT, root::THREAD);
        let hook = Value(self.mem.get(thread, Thread::HOOK));
        let mask = match hook.type_of() {
            Type::Function => self.mem.get(thread, Thread::HOOKMASK),
            // A new coroutine has the mask of its maker, but no function yet.
            _ => 0,
        };
        let hooked = match mask & (MASK_LINE | MASK_COUNT) {
            0 => u32::from(mask != 0) * CALLS_HOOKED,
            _ => ALL_HOOKED,
        };
        if hooked != self.mem.get(AT, root::HOOKED) {
            self.mem.set(AT, root::HOOKED, hooked);
            self.choose_handlers();
        }
    }

    /// Whether a call is still to be reported before the callee's first instruction.
    pub(super) fn call_waits(&self) -> bool {
        self.mask() != 0 && self.done() & ENTERED != 0
    }

    /// What is reported now: nothing in a hook and nothing in a finalizer.
    fn mask(&self) -> u8 {
        let thread = self.mem.get(AT, root::THREAD);
        let is_quiet = self.mem.get(thread, Thread::INHOOK) != 0 || self.in_finalizer();
        match is_quiet {
            false => self.mem.get(thread, Thread::HOOKMASK),
            true => 0,
        }
    }

    fn done(&self) -> u32 {
        self.mem
            .get(self.mem.get(AT, root::THREAD), Thread::HOOKDONE)
    }

    fn set_done(&mut self, done: u32) {
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::HOOKDONE, done);
    }

    /// An activation has been pushed.
    pub(super) fn hook_entered(&mut self) {
        if self.mask() & MASK_CALL != 0 {
            self.set_done(ENTERED);
        }
    }

    /// Whether something is to be reported before what is at `ip`.
    pub(super) fn hooks_first(&mut self) -> bool {
        let mask = self.mask();
        if mask == 0 {
            self.count_unseen();
            return false;
        }
        let done = self.done();
        if done & ENTERED != 0 {
            return true;
        }
        if stubs::is_stub(self.ip) || self.at_part_of_test() {
            return false;
        }
        if done == 0 {
            self.count_down();
        }
        let waits = self.next_event(mask, done).is_some();
        if !waits {
            self.instruction_starts();
        }
        waits
    }

    /// The coming instruction is executed: nothing is done yet for the one after it.
    fn instruction_starts(&mut self) {
        let thread = self.mem.get(AT, root::THREAD);
        let (ip, fp) = (self.ip, self.fp());
        self.mem.set(thread, Thread::LASTIP, ip);
        self.mem.set(thread, Thread::LASTFP, fp);
        self.set_done(0);
    }

    /// The instruction at `ip` has begun and will begin again: there is nothing more to report before it.
    pub(super) fn hooks_are_done(&mut self) {
        if self.mem.get(AT, root::HOOKED) == 0 {
            return;
        }
        if self.mask() != 0 {
            self.set_done(DONE_COUNT | DONE_LINE | DONE_RETURN);
            return;
        }
        let thread = self.mem.get(AT, root::THREAD);
        if self.mem.get(thread, Thread::HOOKMASK) & MASK_COUNT != 0 {
            // It will be counted once more.
            let (left, all) = (
                self.mem.get(thread, Thread::HOOKLEFT),
                self.mem.get(thread, Thread::HOOKCOUNT),
            );
            let before = if left == all { 1 } else { left + 1 };
            self.mem.set(thread, Thread::HOOKLEFT, before);
        }
    }

    /// The coming instruction is another one than was to come: nothing has been reported for it.
    pub(super) fn hooks_begin_anew(&mut self) {
        if self.mem.get(AT, root::HOOKED) != 0 && self.mask() != 0 {
            self.set_done(0);
        }
    }

    /// The jump behind a test is a part of it, and never seen alone.
    fn at_part_of_test(&self) -> bool {
        let pc = self.pc();
        if pc == 0 || self.word().op() != Some(Op::Jmp) {
            return false;
        }
        let before = self.word_at(pc - 1).op();
        matches!(
            before,
            Some(Op::Eq | Op::Lt | Op::Le | Op::Test | Op::TestSet | Op::TForLoop)
        )
    }

    /// The instructions of a hook function count as well, though nothing is reported of them.
    fn count_unseen(&mut self) {
        let thread = self.mem.get(AT, root::THREAD);
        let set = self.mem.get(thread, Thread::HOOKMASK);
        if set & MASK_COUNT == 0 || stubs::is_stub(self.ip) || self.at_part_of_test() {
            return;
        }
        self.count_down();
        if self.mem.get(thread, Thread::HOOKLEFT) == 0 {
            let count = self.mem.get(thread, Thread::HOOKCOUNT);
            self.mem.set(thread, Thread::HOOKLEFT, count);
        }
    }

    /// An interrupted instruction of the running activation has been finished: it was the last one.
    pub(super) fn hook_finished(&mut self, ip: u32) {
        let thread = self.mem.get(AT, root::THREAD);
        let fp = self.fp();
        self.mem.set(thread, Thread::LASTIP, ip);
        self.mem.set(thread, Thread::LASTFP, fp);
    }

    fn count_down(&mut self) {
        let thread = self.mem.get(AT, root::THREAD);
        let left = self.mem.get(thread, Thread::HOOKLEFT).saturating_sub(1);
        self.mem.set(thread, Thread::HOOKLEFT, left);
    }

    fn next_event(&self, mask: u8, done: u32) -> Option<(Event, u32)> {
        if done & ENTERED != 0 {
            return Some((Event::Call, 0));
        }
        let thread = self.mem.get(AT, root::THREAD);
        let left = self.mem.get(thread, Thread::HOOKLEFT);
        if mask & MASK_COUNT != 0 && left == 0 && done & DONE_COUNT == 0 {
            return Some((Event::Count, done | DONE_COUNT));
        }
        if mask & MASK_LINE != 0
            && done & DONE_LINE == 0
            && let Some(line) = self.new_line()
        {
            return Some((Event::Line(line), done | DONE_COUNT | DONE_LINE));
        }
        if mask & MASK_RETURN != 0 && self.word().op() == Some(Op::Return) {
            let all = done | DONE_COUNT | DONE_LINE;
            if done & DONE_RETURN == 0 {
                return Some((Event::Return, all | DONE_RETURN));
            }
            // Each replaced activation returns as well, and is no longer seen then.
            if self.mem.get(self.fp(), frame::TAIL) > 0 {
                return Some((Event::TailReturn, all | DONE_RETURN));
            }
        }
        None
    }

    /// The line of the coming instruction, when it starts one: a new line, a jump back, a function's start.
    fn new_line(&self) -> Option<u32> {
        let proto = self.proto();
        let pc = self.pc();
        let line = debug::line(self.mem, proto, pc)?;
        let thread = self.mem.get(AT, root::THREAD);
        let last = match self.mem.get(thread, Thread::LASTFP) == self.fp() {
            true => self.mem.get(thread, Thread::LASTIP),
            false => self.ip.wrapping_sub(SLOT),
        };
        let starts = pc == 0 || self.ip <= last;
        let last_pc = super::cpu::pc_of(self.mem, proto, last);
        let same = debug::line(self.mem, proto, last_pc) == Some(line);
        if starts || !same { Some(line) } else { None }
    }

    /// Calls the hook for what is to be reported.
    pub(super) fn start_hook(&mut self) -> Result<(), Raise> {
        let (mask, done) = (self.mask(), self.done());
        let Some((event, done)) = self.next_event(mask, done) else {
            return Ok(());
        };
        self.set_done(done);
        if matches!(event, Event::TailReturn) {
            let fp = self.fp();
            let left = self.mem.get(fp, frame::TAIL).saturating_sub(1);
            self.mem.set(fp, frame::TAIL, left);
        }
        if matches!(event, Event::Count) {
            let thread = self.mem.get(AT, root::THREAD);
            let count = self.mem.get(thread, Thread::HOOKCOUNT);
            self.mem.set(thread, Thread::HOOKLEFT, count);
        }
        self.call_hook(&event)
    }

    fn call_hook(&mut self, event: &Event) -> Result<(), Raise> {
        let thread = self.mem.get(AT, root::THREAD);
        let hook = Value(self.mem.get(thread, Thread::HOOK));
        if hook.type_of() != Type::Function {
            return Ok(());
        }
        let name = string::intern(self.mem, event.name().as_bytes())?;
        let at = self.live_end();
        let at = self.ensure_stack(at, at + 32)?;
        let top = self.kept_top().wrapping_sub(self.base);
        self.mem.store(at, Value::tagged(TAG_LIGHT, top).0);
        self.mem.store(at + 8, hook.0);
        self.mem.store(at + 16, Value::from(name).0);
        let line = match event {
            Event::Line(line) => Value::number(f64::from(*line)),
            _ => Value::NIL,
        };
        self.mem.store(at + 24, line.0);
        let back = Return {
            ip: stubs::HOOK_END,
            wanted: 1,
            flags: frame::FLAG_META | frame::FLAG_HOOK,
            note: self.ip,
            outer: 0,
        };
        self.mem.set(thread, Thread::INHOOK, 1);
        self.call_value(at + 8, 2, back)
    }

    /// The top that what is interrupted goes on with. Where an instruction needs none it is that of long ago, which may lie
    /// anywhere.
    fn kept_top(&self) -> u32 {
        match self.in_native() || self.has_open_list() {
            true => self.top(),
            false => self.registers_end(),
        }
    }

    /// The hook has returned: what it interrupted goes on.
    pub(super) fn hook_returned(&mut self) {
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::INHOOK, 0);
        let left = self.fp() + frame::SIZE;
        let ip = self.mem.get(left, frame::NOTE);
        let saved = Value(self.mem.load(self.returned_slot().wrapping_sub(8)));
        let top = self.base.wrapping_add(saved.payload());
        self.set_top_at(top);
        self.goto(ip);
    }

    /// Reports the return of a native, which then leaves with `count` values; tells whether it did.
    pub(super) fn hook_native_return(&mut self, count: u32) -> Result<bool, Raise> {
        if self.mask() & MASK_RETURN == 0 {
            return Ok(false);
        }
        let fp = self.fp();
        self.mem.set(fp, frame::EXTRA, LEAVING);
        self.mem.set(fp, frame::TOP, count);
        self.call_hook(&Event::Return)?;
        Ok(true)
    }

    /// How many values a native leaves with whose return has been reported.
    pub(super) fn hooked_return(&self) -> Option<u32> {
        let fp = self.fp();
        match self.mem.get(fp, frame::EXTRA) {
            LEAVING => Some(self.mem.get(fp, frame::TOP)),
            _ => None,
        }
    }
}
