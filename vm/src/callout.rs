//! Calls out of the guest: how a native asks for a function of the host, and how such a function calls back
//! into the guest. Must not know what the host's functions are.
//!
//! The native leaves the engine with [`Exit::HostCall`](crate::Exit::HostCall); its window holds the arguments.
//! Whoever runs the machine puts results into the window, or a function to call back, and says with
//! [`Vm::settle`] what is to become of it. A call back is a protected call of that native: nothing of it is on
//! the host's stack, but for the function of the host that waits for its end. So such calls nest as a stack
//! does; an error, or the end of an account, may drop several of them at once.

use crate::data::closure::{Function, function_of};
use crate::data::userdata;
use crate::debug::{self, Walk};
use crate::error::Raise;
use crate::exec::Cpu;
use crate::heap::{collect, limit};
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, Proto, Table, Thread, Userdata, frame};
use crate::value::Value;
use crate::vm::Vm;
use std::any::Any;

/// Why the engine was left with [`Exit::HostCall`](crate::Exit::HostCall).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Callout {
    /// The host's function with this number is called; the window holds its arguments.
    Called(u64),
    /// What a function of the host has called back is over; the window holds `true` and its results, or `false`
    /// and its error.
    Back,
}

/// What the host has to say to the native that waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Return all that the window holds.
    Return,
    /// Raise the error in slot 1.
    Raise,
    /// Call the function in slot 1 with all values above it.
    Call,
}

/// The step of such a native that takes the host's verdict.
pub const SETTLED: u32 = 1;

/// Marks numbers of what stands for something of the host that come from names; those of [`Cpu::next_held`] do not
/// have it.
pub const NAMED: u64 = 1 << 63;

/// `Thread::SCOPED` of a thread in which a function of the host waits: nobody may yield past it.
pub(crate) const SCOPED: u8 = 2;

/// What the host has given to a guest and keeps with its machine: functions, above all.
pub trait Belongings: Any + Send {
    /// Calls the host's function with this number without leaving the engine, if it is a leaf: one that computes its
    /// results from its arguments and needs nothing else of the guest. The arguments are in the window of the running
    /// native; the results are pushed, and their number is given.
    ///
    /// `None`, with the window as it was, when the engine has to be left for the call.
    fn call_leaf(&mut self, number: u64, cpu: &mut Cpu<'_, '_>) -> Option<u32>;
}

/// The part of the host-side data that is about calls out.
#[derive(Default)]
pub(crate) struct Callouts {
    /// What the engine was left for.
    callout: Option<Callout>,
    /// What the waiting native is to do.
    verdict: Option<Verdict>,
    /// The functions of the host that wait for something they have called back, outermost first: what
    /// `Thread::SCOPED` was before.
    waiting: Vec<u8>,
    /// The stack as it was when the last error was thrown that nobody in the guest caught.
    traceback: Vec<Trace>,
    /// What the host has given.
    belongings: Option<Box<dyn Belongings>>,
}

impl Callouts {
    /// Takes out what the host has given; something new when there is nothing of this type.
    fn take_belongings<T: Belongings + Default>(&mut self) -> Box<T> {
        let kept = self.belongings.take();
        let kept = kept.and_then(|kept| (kept as Box<dyn Any>).downcast().ok());
        kept.unwrap_or_default()
    }
}

/// A line of a traceback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// The name of the chunk, as `debug.getinfo` has it in `short_src`; `[C]` for natives.
    pub chunk: Vec<u8>,
    /// The line, where it is known.
    pub line: Option<u32>,
    /// What kind of name the function was called by, as `global`, `method` or `field`, and the name.
    pub function: Option<(&'static str, Vec<u8>)>,
    /// Whether it is a main chunk.
    pub is_main: bool,
    /// The number of the host's function that this is.
    pub callout: Option<u64>,
}

impl Callouts {
    /// Whether the engine is to be left for the host.
    pub fn is_asking(&self) -> bool {
        self.callout.is_some()
    }

    /// Whether something is on its way to the waiting native.
    pub fn has_mail(&self) -> bool {
        self.verdict.is_some()
    }

    /// Whether nothing waits.
    pub fn is_quiet(&self) -> bool {
        self.callout.is_none() && self.verdict.is_none() && self.waiting.is_empty()
    }

    /// Whether what runs was called back by a function of the host.
    pub fn is_called_back(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Nothing waits any more.
    pub fn forget(&mut self) {
        self.callout = None;
        self.verdict = None;
        self.waiting.clear();
    }
}

impl Cpu<'_, '_> {
    /// Asks for the host's function with this number; the native then answers
    /// [`Next::Wait`](crate::Next::Wait), and the window holds the arguments.
    pub fn call_out(&mut self, function: u64) {
        self.mem.host_mut().callouts.callout = Some(Callout::Called(function));
    }

    /// Calls the host's function with this number without leaving the engine, and gives the number of results that it
    /// has pushed: see [`Belongings::call_leaf`].
    pub fn call_leaf(&mut self, function: u64) -> Option<u32> {
        let mut kept = self.mem.host_mut().callouts.belongings.take()?;
        let results = kept.call_leaf(function, self);
        self.mem.host_mut().callouts.belongings = Some(kept);
        results
    }

    /// Gives access to what the host keeps with the machine; something new, if there is nothing of this type. `f` must
    /// not ask for it again, nor panic, or what it has changed is lost.
    pub fn with_belongings<T: Belongings + Default, R>(
        &mut self,
        f: impl FnOnce(&mut T, &mut Self) -> R,
    ) -> R {
        let mut kept = self.mem.host_mut().callouts.take_belongings();
        let result = f(&mut *kept, self);
        self.mem.host_mut().callouts.belongings = Some(kept);
        result
    }

    /// What the host says to the native that waits; nothing when the guest has been saved meanwhile.
    pub fn take_verdict(&mut self) -> Option<Verdict> {
        self.mem.host_mut().callouts.verdict.take()
    }

    /// Makes the running native one that calls back for the host: until [`Cpu::called_back`] nobody yields past
    /// it, and the host hears when it is unwound.
    pub fn call_back(&mut self) {
        let (fp, thread) = (self.fp(), self.thread().0);
        let flags = self.mem.get(fp, frame::FLAGS) | frame::FLAG_HOST;
        self.mem.set(fp, frame::FLAGS, flags);
        let scoped = self.mem.get(thread, Thread::SCOPED);
        self.mem.set(thread, Thread::SCOPED, SCOPED);
        self.mem.host_mut().callouts.waiting.push(scoped);
    }

    /// What the running native has called back for the host is over; it answers
    /// [`Next::Wait`](crate::Next::Wait) with the outcome in its window.
    pub fn called_back(&mut self) {
        let fp = self.fp();
        self.leave_callback(fp);
        let flags = self.mem.get(fp, frame::FLAGS) & !frame::FLAG_HOST;
        self.mem.set(fp, frame::FLAGS, flags);
        self.mem.host_mut().callouts.callout = Some(Callout::Back);
    }

    /// The call back of the record at `fp` is over, or dropped.
    pub(crate) fn leave_callback(&mut self, fp: u32) {
        if self.mem.get(fp, frame::FLAGS) & frame::FLAG_HOST == 0 {
            return;
        }
        // A strange snapshot may have records that nobody waits at.
        let scoped = self.mem.host_mut().callouts.waiting.pop();
        let thread = self.thread().0;
        self.mem.set(thread, Thread::SCOPED, scoped.unwrap_or(0));
    }

    /// Ends the innermost call back, whatever it does, with an error that nobody else catches.
    fn abandon_callback(&mut self, message: &str) -> Result<(), Raise> {
        let error = self.new_str(message.as_bytes())?;
        self.forget_step();
        loop {
            let mut fp = self.fp();
            while fp >= self.first_record() {
                if self.mem.get(fp, frame::FLAGS) & frame::FLAG_HOST != 0 {
                    self.unwind_at_once(fp, error);
                    self.called_back();
                    self.set_step(SETTLED);
                    self.mem.host_mut().callouts.callout = None;
                    return Ok(());
                }
                fp = fp.wrapping_sub(frame::SIZE);
            }
            if self.in_main_thread() || self.mem.get(self.thread().0, Thread::RESUMER) == 0 {
                return Ok(());
            }
            self.give_up_coroutine();
        }
    }

    /// Keeps the stack as it is for [`Vm::take_traceback`]: its upper and its lower end.
    pub(crate) fn keep_traceback(&mut self) {
        const FIRST: usize = 12;
        const LAST: u64 = 10;
        let mut walk = Walk::new(self);
        let count = walk.count(self.mem);
        walk.knows(count);
        let between = count.saturating_sub(FIRST as u64 + LAST);
        let mut lines = Vec::new();
        let mut found = walk.next(self.mem);
        while let Some(activation) = found {
            let below = walk.next(self.mem);
            lines.push(self.trace(&activation, below.as_ref()));
            found = match lines.len() {
                FIRST if between > 0 => {
                    // The one below is the first of these.
                    walk.skip(self.mem, between as u32 - 1);
                    walk.next(self.mem)
                }
                _ => below,
            };
        }
        self.mem.host_mut().callouts.traceback = lines;
    }

    fn trace(&self, found: &debug::Activation, caller: Option<&debug::Activation>) -> Trace {
        let mem = &*self.mem;
        let function = caller.and_then(|caller| debug::function_name(mem, caller));
        let Some(proto) = found.proto(mem) else {
            let callout = self.callout_of(found.function);
            let chunk = match found.tail {
                true => b"(tail call)".to_vec(),
                false => b"[C]".to_vec(),
            };
            return Trace {
                chunk,
                line: None,
                function: function.filter(|_| !found.tail),
                is_main: false,
                callout,
            };
        };
        Trace {
            chunk: debug::chunk_name(mem, proto),
            line: found.line(mem),
            function,
            is_main: mem.get(proto.0, Proto::LINE) == 0,
            callout: None,
        }
    }

    /// The number of the host's function that a value is.
    pub fn callout_of(&self, function: Value) -> Option<u64> {
        let Some(Function::Native(native)) = function_of(self.mem, function) else {
            return None;
        };
        let held = self.mem.get(native.0, NativeClosure::UPVALS) > 0;
        let first = Value(self.mem.load(native.0 + NativeClosure::SIZE));
        let held = Userdata::of(first).filter(|_| held)?;
        let is_function = self.mem.get(held.0, Userdata::CLASS) == userdata::HELD_FUNCTION;
        is_function.then(|| self.mem.get(held.0, Userdata::PAYLOAD))
    }

    /// The table of what the host has handles of, if it has any: the guest does not see it.
    pub fn handles(&self) -> Option<Table> {
        let at = self.mem.get(AT, root::HANDLES);
        (at != 0).then_some(Table(at))
    }

    /// Makes a table the one of what the host has handles of.
    pub fn set_handles(&mut self, table: Option<Table>) {
        self.mem.set(AT, root::HANDLES, table.map_or(0, |t| t.0));
    }

    /// Keeps an object alive that nothing else holds; one at a time.
    pub fn anchor(&mut self, object: Option<Value>) {
        let at = object.filter(|v| v.is_object()).map_or(0, Value::payload);
        self.mem.set(AT, root::ANCHOR, at);
    }

    /// A new userdata for something that takes `outside` bytes of the host's memory, which the guest pays for with as many
    /// of its own: in units of 64, and up to 4 MiB.
    ///
    /// # Errors
    /// No memory.
    pub fn new_stand_in(
        &mut self,
        class: u32,
        payload: u64,
        meta: Option<Table>,
        outside: u64,
    ) -> Result<Userdata, Raise> {
        let env = self.globals();
        let made = userdata::new(self.mem, class, payload, meta, env, outside)?;
        Ok(made)
    }

    /// A number that nothing of the host has had in this guest, nor in those that it was made from.
    pub fn next_held(&mut self) -> u64 {
        let number = self.mem.get(AT, root::HELD).wrapping_add(1) & !NAMED;
        self.mem.set(AT, root::HELD, number);
        number
    }

    /// Whether a native's step may be interrupted by a finalizer, which might take what is meant for it.
    pub(crate) fn has_mail(&self) -> bool {
        let host = self.mem.host();
        host.reply.is_some() || host.callouts.has_mail()
    }
}

impl Vm {
    /// Gives access to what the host keeps with the machine: see [`Cpu::with_belongings`].
    pub fn with_belongings<T: Belongings + Default, R>(
        &mut self,
        f: impl FnOnce(&mut T) -> R,
    ) -> R {
        let mut kept = self.host_mut().callouts.take_belongings();
        let result = f(&mut *kept);
        self.host_mut().callouts.belongings = Some(kept);
        result
    }

    /// Takes the reason of an [`Exit::HostCall`](crate::Exit::HostCall).
    pub fn take_callout(&mut self) -> Option<Callout> {
        self.host_mut().callouts.callout.take()
    }

    /// Tells the native that waits for the host what is to become of its window. [`Vm::run`] then goes on.
    pub fn settle(&mut self, verdict: Verdict) {
        self.host_mut().callouts.verdict = Some(verdict);
    }

    /// Makes the call of a function that there is not an error, for hosts without functions.
    pub fn refuse_callout(&mut self) {
        self.take_callout();
        self.access(|cpu| {
            let raise = cpu.fail("a function that this host does not have");
            let error = cpu.error_value(raise);
            cpu.set_count(0);
            cpu.push(error);
        });
        self.settle(Verdict::Raise);
    }

    /// Takes back what the native that waits has been told and has not heard yet; tells whether there was such a
    /// thing.
    pub fn unsettle(&mut self) -> bool {
        self.host_mut().callouts.verdict.take().is_some()
    }

    /// Whether the native that waits has not heard yet what it has been told.
    pub fn is_settled(&self) -> bool {
        self.host().callouts.has_mail()
    }

    /// How many functions of the host wait for what they have called back.
    pub fn callbacks(&self) -> usize {
        self.host().callouts.waiting.len()
    }

    /// Ends what the innermost waiting function of the host has called back, whatever it does: as after a
    /// [`Callout::Back`] with an error of this message.
    ///
    /// # Errors
    /// No memory for the message.
    pub fn abandon_callback(&mut self, message: &str) -> Result<(), Raise> {
        self.access(|cpu| {
            cpu.abandon_callback(message)?;
            // If it has filled the memory, what is garbage by now makes room for its caller.
            cpu.mem.set(AT, root::MEMORY_WANTED, 0);
            if limit::is_full(cpu.mem) {
                collect::collect(cpu.mem);
                limit::is_full(cpu.mem);
            }
            Ok(())
        })
    }

    /// Takes the stack as it was when the last error that nobody caught was thrown, innermost first. Of a deep
    /// one the middle is missing.
    pub fn take_traceback(&mut self) -> Vec<Trace> {
        std::mem::take(&mut self.host_mut().callouts.traceback)
    }

    /// Whether there is anything for [`Vm::take_released`].
    pub fn has_released(&self) -> bool {
        !self.host().released.is_empty()
    }

    /// Takes the payloads of userdata of the classes [`userdata::HELD_FUNCTION`] and [`userdata::HELD_VALUE`] that
    /// have been collected: what they stood for outside may go.
    pub fn take_released(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.host_mut().released)
    }
}
