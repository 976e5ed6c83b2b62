//! Coroutines: switching the engine from one thread to another.

use super::cpu::Cpu;
use super::depth::frame_limit;
use super::frame::{MARGIN, Return, copy_words};
use super::stubs;
use crate::data::thread::{DEAD, NORMAL, RUNNING, SUSPENDED};
use crate::data::{closure, string, thread};
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap::barrier;
use crate::objects::root::{self, AT};
use crate::objects::{Table, Thread, frame};
use crate::ring::{Ring, Rings};
use crate::value::Value;

/// Most coroutines that may have resumed each other: a chain without end would only fill the memory.
pub const MAX_RESUMES: u32 = 10_000;

/// The names of the states, as `coroutine.status` gives them.
pub const STATUS_NAMES: [&str; 4] = ["suspended", "running", "normal", "dead"];

/// The message of resuming a coroutine in that state; `None` where it can be.
pub fn refusal(state: u8) -> Option<&'static [u8]> {
    match state {
        SUSPENDED => None,
        RUNNING => Some(b"cannot resume running coroutine"),
        NORMAL => Some(b"cannot resume normal coroutine"),
        _ => Some(b"cannot resume dead coroutine"),
    }
}

impl Cpu<'_, '_> {
    /// The thread that runs.
    pub fn thread(&self) -> Thread {
        Thread(self.mem.get(AT, root::THREAD))
    }

    /// Whether the main thread runs.
    pub fn in_main_thread(&self) -> bool {
        self.thread().0 == self.mem.get(AT, root::MAIN)
    }

    /// A new coroutine over a function.
    ///
    /// # Errors
    /// No memory.
    pub fn new_coroutine(&mut self, function: Value) -> Result<Thread, Raise> {
        let env = Table(self.mem.get(self.thread().0, Thread::ENV));
        let t = thread::new(self.mem, env)?;
        let maker = self.thread().0;
        let mask = self.mem.get(maker, Thread::HOOKMASK);
        if mask != 0 {
            let count = self.mem.get(maker, Thread::HOOKCOUNT);
            self.set_hook(t, Value::NIL, mask, count);
        }
        let rings = self.mem.get(AT, root::RINGS);
        self.mem.set(t.0, Thread::RINGS, rings);
        let stack = self.mem.get(t.0, Thread::STACK);
        barrier::store(self.mem, stack, function);
        self.mem.set(t.0, Thread::TOP, stack + 8);
        self.share_depth(t);
        Ok(t)
    }

    /// Whether a coroutine has died of an error that has not been asked for.
    pub fn has_failed(&self, t: Thread) -> bool {
        let frames = self.mem.get(t.0, Thread::FRAMES);
        self.coroutine_status(t) == DEAD && self.mem.get(t.0, Thread::FP) != frames
    }

    /// Closes up to `most` variables of a coroutine that is suspended or dead; tells how many. It must not go on afterwards.
    pub fn close_variables(&mut self, t: Thread, most: u32) -> u32 {
        self.mem.set(t.0, Thread::STATUS, DEAD);
        // The collector may be among them.
        barrier::stopped(self.mem, t);
        let first = self.mem.get(t.0, Thread::OPEN);
        let (left, count) = closure::close_from(self.mem, first, 0, most);
        self.mem.set(t.0, Thread::OPEN, left);
        count
    }

    /// Ends a coroutine whose variables are closed; nothing of it is called. If it `failed`, gives the error that it died of.
    pub fn close_coroutine(&mut self, t: Thread, failed: bool) -> Option<Value> {
        let (frames, stack) = (
            self.mem.get(t.0, Thread::FRAMES),
            self.mem.get(t.0, Thread::STACK),
        );
        let last = self.mem.get(t.0, Thread::TOP).wrapping_sub(8);
        let error = failed.then(|| Value(self.mem.load(last.max(stack))));
        self.mem.set(t.0, Thread::FP, frames);
        self.mem.set(t.0, Thread::TOP, stack);
        self.mem.set(t.0, Thread::STATUS, DEAD);
        error
    }

    /// The state of a coroutine: an index into [`STATUS_NAMES`].
    pub fn coroutine_status(&self, t: Thread) -> u8 {
        self.mem.get(t.0, Thread::STATUS).min(DEAD)
    }

    /// The ring whose rights a coroutine that does not run will go on with.
    pub fn ring_of_coroutine(&self, t: Thread) -> Ring {
        Rings::unpack(self.mem.get(t.0, Thread::RINGS)).level
    }

    /// Puts the running thread's state into its object, with the end of its live values.
    fn suspend(&mut self, status: u8, top: u32) {
        let t = self.thread().0;
        let (fp, open) = (self.fp(), self.mem.get(AT, root::OPEN));
        self.mem.set(t, Thread::STATUS, status);
        self.mem.set(t, Thread::FP, fp);
        self.mem.set(t, Thread::IP, self.ip);
        self.mem.set(t, Thread::BASE, self.base);
        self.mem.set(t, Thread::K, self.k);
        self.mem.set(t, Thread::OPEN, open);
        self.mem.set(t, Thread::TOP, top);
        barrier::stopped(self.mem, Thread(t));
    }

    /// Makes the running coroutine's resumer the running thread.
    fn leave_coroutine(&mut self) {
        let t = self.thread();
        let resumer = Thread(self.mem.get(t.0, Thread::RESUMER));
        self.mem.set(t.0, Thread::RESUMER, 0);
        let depth = self.mem.get(AT, root::RESUME_DEPTH).saturating_sub(1);
        self.mem.set(AT, root::RESUME_DEPTH, depth);
        self.switch_to(resumer);
    }

    /// Makes `t` the running thread.
    fn switch_to(&mut self, t: Thread) {
        let stack = self.mem.get(t.0, Thread::STACK);
        let stack_end = stack + self.mem.get(t.0, Thread::STACKSIZE);
        let fp = self.mem.get(t.0, Thread::FP);
        let open = self.mem.get(t.0, Thread::OPEN);
        let top = self.mem.get(t.0, Thread::TOP);
        self.mem.set(t.0, Thread::STATUS, RUNNING);
        self.mem.set(AT, root::THREAD, t.0);
        self.mem.set(AT, root::FP, fp);
        let limit = frame_limit(self.mem, t);
        self.mem.set(AT, root::FRAME_LIMIT, limit);
        self.mem.set(AT, root::STACK_LIMIT, stack_end - MARGIN);
        self.mem.set(AT, root::OPEN, open);
        self.set_top_at(top);
        self.hooks_changed();
        self.base = self.mem.get(t.0, Thread::BASE);
        self.k = self.mem.get(t.0, Thread::K);
        self.set_rings(Rings::unpack(self.mem.get(t.0, Thread::RINGS)));
    }

    /// Ends the running coroutine and those that wait for it, down to the main thread, which runs then.
    pub(crate) fn give_up_coroutines(&mut self) {
        while !self.in_main_thread() && self.mem.get(self.thread().0, Thread::RESUMER) != 0 {
            self.give_up_coroutine();
        }
    }

    /// Ends the running coroutine; its resumer runs then. Its stack keeps the variables that are open.
    pub(crate) fn give_up_coroutine(&mut self) {
        let frames = self.mem.get(self.thread().0, Thread::FRAMES);
        let end = self.live_end();
        self.drop_records(frames);
        self.mem.set(AT, root::FP, frames);
        self.suspend(DEAD, end);
        self.leave_coroutine();
    }

    /// Makes the main thread the running one, for a new guest and for entries from the host.
    pub(crate) fn switch_to_main(&mut self) {
        let main = Thread(self.mem.get(AT, root::MAIN));
        self.switch_to(main);
    }

    /// The native of the running activation resumes the coroutine that its record names.
    pub(super) fn resume_coroutine(&mut self) -> Result<(), Raise> {
        let slot = self.base + self.mem.get(self.fp(), frame::TOP);
        let target = Thread::of(Value(self.mem.load(slot)));
        let refused = refusal(target.map_or(DEAD, |t| self.coroutine_status(t)));
        let (Some(t), None) = (target, refused) else {
            let error = string::intern(self.mem, refused.unwrap_or_default())?;
            self.deliver(false, &[error.into()]);
            return Ok(());
        };
        let (own, rings) = (
            self.rings(),
            Rings::unpack(self.mem.get(t.0, Thread::RINGS)),
        );
        if own.level > rings.level {
            let text = format!(
                "cannot resume a coroutine of {} from {}",
                rings.level, own.level
            );
            let error = string::intern(self.mem, text.as_bytes())?;
            self.deliver(false, &[error.into()]);
            return Ok(());
        }
        let depth = self.mem.get(AT, root::RESUME_DEPTH);
        if depth >= MAX_RESUMES {
            let error = string::intern(self.mem, b"C stack overflow")?;
            self.deliver(false, &[error.into()]);
            return Ok(());
        }
        self.mem.set(AT, root::RESUME_DEPTH, depth + 1);
        let count = self.top().wrapping_sub(slot + 8) / 8;
        let resumer = self.thread();
        self.suspend(NORMAL, slot + 8);
        self.mem.set(t.0, Thread::RESUMER, resumer.0);
        self.switch_to(t);
        self.set_rings(Rings {
            level: rings.level,
            payer: rings.payer.max(own.payer),
        });
        let to = self.top();
        // The arguments still lie in the resumer's stack, which does not move meanwhile.
        let to = self.ensure_stack(to, to + count * 8)?;
        copy_words(self.mem, slot + 8, to, count);
        self.set_top_at(to + count * 8);
        if self.fp() != self.mem.get(t.0, Thread::FRAMES) {
            return self.return_from_yield(to, count);
        }
        let at = to - 8;
        self.base = to;
        let back = Return {
            ip: stubs::COROUTINE_END,
            wanted: 0,
            flags: frame::FLAG_ENTRY,
            note: 0,
            outer: 0,
        };
        self.call_value(at, count, back)
    }

    /// The native that has yielded returns what lies from `to` on, which a hook sees first and leads back from.
    fn return_from_yield(&mut self, to: u32, count: u32) -> Result<(), Raise> {
        self.goto(stubs::NATIVE_RUN);
        if self.mem.get(AT, root::HOOKED) == 0 || !self.hook_native_return(count)? {
            self.return_values(to, count);
        }
        Ok(())
    }

    /// Whether the running function may yield.
    pub fn may_yield(&self) -> bool {
        !self.in_main_thread() && self.mem.get(self.thread().0, Thread::SCOPED) == 0
    }

    /// The running coroutine yields the last `count` values of its native's window.
    pub(super) fn yield_coroutine(&mut self, count: u32) -> Result<Option<Exit>, Raise> {
        let scoped = self.mem.get(self.thread().0, Thread::SCOPED);
        if self.in_main_thread() || scoped == crate::callout::SCOPED {
            return Err(self.error_at(0, b"attempt to yield across metamethod/C-call boundary"));
        }
        if scoped != 0 {
            return Err(self.error_at(0, b"attempt to yield across ring.run"));
        }
        let from = self.top().wrapping_sub(count * 8);
        self.suspend(SUSPENDED, from);
        self.back_to_resumer(from, count)?;
        Ok(None)
    }

    /// The body of the running coroutine has returned.
    pub(super) fn coroutine_returned(&mut self) -> Result<(), Raise> {
        let from = self.returned_slot();
        let count = self.top().wrapping_sub(from) / 8;
        let stack = self.mem.get(self.thread().0, Thread::STACK);
        self.suspend(DEAD, stack);
        self.back_to_resumer(from, count)
    }

    /// The running coroutine has died of an error.
    pub(super) fn coroutine_failed(&mut self, error: Value) {
        // Its stack stays as it is, so that a traceback can still show it, with its variables, which may be many; the error
        // comes on top.
        // For that there is the margin.
        let top = self.live_end();
        self.mem.store(top, error.0);
        self.suspend(DEAD, top + 8);
        self.leave_coroutine();
        self.deliver(false, &[error]);
    }

    /// Switches to the resumer and gives it `true` and `count` values that lie from `from` on.
    fn back_to_resumer(&mut self, from: u32, count: u32) -> Result<(), Raise> {
        self.leave_coroutine();
        let slot = self.base + self.mem.get(self.fp(), frame::TOP);
        self.set_top_at(slot);
        let slot = self.ensure_stack(slot, slot + 8 + count * 8)?;
        self.mem.store(slot, Value::TRUE.0);
        copy_words(self.mem, from, slot + 8, count);
        self.set_top_at(slot + 8 + count * 8);
        if !self.pass_results(slot, count + 1) {
            self.goto(stubs::NATIVE_RUN);
        }
        Ok(())
    }

    /// Gives the native that resumed an outcome and a few values.
    fn deliver(&mut self, ok: bool, values: &[Value]) {
        let slot = self.base + self.mem.get(self.fp(), frame::TOP);
        self.mem.store(slot, Value::boolean(ok).0);
        for (i, v) in values.iter().enumerate() {
            self.mem.store(slot + 8 + 8 * i as u32, v.0);
        }
        self.set_top_at(slot + 8 + 8 * values.len() as u32);
        self.goto(stubs::NATIVE_RUN);
    }
}
