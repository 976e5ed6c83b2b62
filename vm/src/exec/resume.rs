//! What a finished call feeds: interrupted instructions, native steps, coroutines, message handlers.

use super::cpu::Cpu;
use super::frame::Return;
use super::fuel::METERED;
use super::ring::Place;
use super::slow::Flow;
use super::stubs;
use super::unwind::Thrown;
use crate::data::closure::{self, Function};
use crate::data::{growth, unfinished};
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap;
use crate::native::{Answer, Calling, NativeFn, Next, RETURNS_ALL, RETURNS_REST};
use crate::objects::root::{self, AT};
use crate::objects::{NativeClosure, frame};
use crate::ring::Rings;
use crate::value::Value;
use bvm_isa::Op;

/// What cold code comes to.
#[derive(Debug)]
pub(crate) enum Went {
    /// The engine goes on at `ip`.
    On,
    /// The engine is left.
    Out(Exit),
}

impl Cpu<'_, '_> {
    /// Executes the slot at `ip`, stub or instruction, and what follows from it, until the engine can
    /// take over again.
    pub(crate) fn cold(&mut self) -> Went {
        loop {
            self.is_checkpoint = false;
            heap::forget_fresh(self.mem);
            if self.mem.host().stops.is_set
                && let Some(exit) = self.stop_here()
            {
                return Went::Out(exit);
            }
            let result = if self.mem.get(AT, root::HOOKED) != 0 && self.hooks_first() {
                self.start_hook().map(|()| None)
            } else if stubs::is_stub(self.ip) {
                self.stub()
            } else {
                self.instruction()
            };
            if let Some(went) = self.settle(result) {
                return went;
            }
        }
    }

    /// Runs a step of the native whose record is the topmost one, and what follows from it. `None` when nothing
    /// remains but to call the function that the record names, which hot code may do itself.
    #[inline(always)]
    pub(crate) fn native(&mut self) -> Option<Went> {
        if self.is_disturbed() {
            let result = self.run_native();
            return Some(self.went(result));
        }
        let size = self.top().wrapping_sub(self.base);
        match self.call_native() {
            Ok(Next::Return(count)) if !self.owes() => {
                self.leave_native(count);
                match self.lacks_fuel() {
                    true => Some(self.went(Ok(None))),
                    false => Some(Went::On),
                }
            }
            Ok(Next::Call { func, step }) if func <= self.count() && !self.owes() => {
                self.note_call(self.fp(), func, step);
                None
            }
            // A table that is to grow in portions has not grown in a leaf, which would have failed before.
            Err(Raise::NoMemory) => {
                let result = self.native_lacks_memory(size);
                Some(self.went(result))
            }
            answer => Some(self.answered(answer)),
        }
    }

    /// Does what a native answers, and what follows from it.
    #[inline(never)]
    fn answered(&mut self, answer: Answer) -> Went {
        let result = answer.and_then(|next| self.obey(self.fp(), next));
        self.went(result)
    }

    /// Lets the collector work behind an instruction that hot code has executed, if it is due, and does what follows from that.
    pub(crate) fn made(&mut self) -> Went {
        let result = match heap::due(self.mem) {
            true => self.collect_behind().map(|()| None),
            false => Ok(None),
        };
        self.went(result)
    }

    /// Calls the function that the record of the running native names, whatever it is.
    pub(crate) fn native_calls(&mut self) -> Went {
        let result = self.make_call().map(|()| None);
        self.went(result)
    }

    /// What a piece of cold code comes to, with what follows from it.
    #[inline(never)]
    fn went(&mut self, result: Result<Option<Exit>, Raise>) -> Went {
        match self.settle(result) {
            Some(went) => went,
            None => self.cold(),
        }
    }

    /// Runs a leaf whose window is laid out, without a record, and puts its results where `wanted` (their
    /// number plus one, 0 for all) says. `false` when it does not simply return; then nothing has changed but
    /// that the stack may have moved, and that what it has paid is paid if it waits for memory.
    #[inline(always)]
    pub(crate) fn leaf(&mut self, wanted: u32) -> bool {
        let is_disturbed = self.is_disturbed() && !self.makes_nothing();
        let Some(run) = self.native_function().filter(|_| !is_disturbed) else {
            return false;
        };
        self.is_leaf = true;
        heap::forget_fresh(self.mem);
        let (size, fuel) = (self.top().wrapping_sub(self.base), self.fuel);
        let answer = run(self);
        let Ok(Next::Return(count)) = answer else {
            let waits = matches!(answer, Err(Raise::NoMemory)) && heap::limit::wait(self.mem);
            if waits && heap::due(self.mem) {
                // The guest stands before it begins again, or does not.
                self.mem.set(AT, root::PAID, self.charged);
            } else {
                self.fuel = fuel;
            }
            // It goes on with a record, and a collection that has become due waits for its end as it would have.
            self.mem
                .set(AT, root::PAUSED, u8::from(heap::due(self.mem)));
            self.mem.host().walked.set(0);
            self.set_top_at(self.base.wrapping_add(size));
            return false;
        };
        if self.owes() {
            self.charge_collector();
            self.pay_for_walks();
        }
        let to = self.base.wrapping_sub(8);
        let first = self.top().wrapping_sub(count.wrapping_mul(8));
        self.put_results(first, count, to, wanted);
        true
    }

    /// Whether a step has work to pay for that it could not foresee, or a hook wants to hear of its end.
    fn owes(&self) -> bool {
        self.mem.get(AT, root::GC_CHARGE) != 0
            || self.mem.host().walked.get() != 0
            || self.mem.get(AT, root::HOOKED) != 0
    }

    /// Whether a collection or a finalizer is to come before a native's step.
    #[inline]
    fn is_disturbed(&self) -> bool {
        heap::due(self.mem) || self.mem.get(AT, root::FINALIZE) != 0
    }

    /// Whether the native that the window belongs to is one that hot code does without looking whether it is disturbed. Then
    /// nothing comes before it, however it is called.
    #[cold]
    fn makes_nothing(&self) -> bool {
        self.calling(self.native_closure()).makes_nothing()
    }

    /// How a native is called.
    pub(super) fn calling(&self, f: NativeClosure) -> Calling {
        let id = self.mem.get(f.0, NativeClosure::NATIVE);
        let native = self.mem.host().natives.get(id as usize);
        native.map_or(Calling::Record, |native| native.calling)
    }

    /// Whether the function in slot `at` is a leaf.
    pub(super) fn is_leafs_slot(&self, at: u32) -> bool {
        match closure::function_of(self.mem, Value(self.mem.load(at))) {
            Some(Function::Native(f)) => self.calling(f).is_leaf(),
            _ => false,
        }
    }

    /// The function of the native closure that the window belongs to, if the running ring may call it.
    #[inline]
    fn native_function(&self) -> Option<NativeFn> {
        let id = self.mem.get(self.native_closure().0, NativeClosure::NATIVE);
        let native = self.mem.host().natives.get(id as usize)?;
        let level = Rings::level_in(self.mem.get(AT, root::RINGS));
        (level <= native.outermost as u8).then_some(native.run)
    }

    /// Enters the native of the running activation at its step.
    #[inline]
    pub(super) fn call_native(&mut self) -> Answer {
        self.has_paused = false;
        heap::forget_fresh(self.mem);
        match self.native_function() {
            Some(run) => run(self),
            None => Err(self.no_native()),
        }
    }

    /// The error of a native that cannot be called.
    #[cold]
    fn no_native(&mut self) -> Raise {
        let id = self.mem.get(self.native_closure().0, NativeClosure::NATIVE);
        match self.mem.host().natives.get(id as usize) {
            None => self.runtime_error("native function is missing in this host"),
            Some(native) => {
                let (name, outermost) = (native.name, native.outermost);
                let text = format!(
                    "'{name}' is not allowed in {} (needs {outermost})",
                    self.ring()
                );
                self.error_at(1, text.as_bytes())
            }
        }
    }

    /// Deals with errors and fuel after a piece of cold code; tells whether it ends here.
    #[inline]
    fn settle(&mut self, result: Result<Option<Exit>, Raise>) -> Option<Went> {
        if self.mem.get(AT, root::GC_CHARGE) != 0 {
            // An allocation at the memory limit has collected.
            self.charge_collector();
        }
        match result {
            Err(Raise::OutOfFuel) => self.mem.host().walked.set(0),
            _ => self.pay_for_walks(),
        }
        match result {
            Ok(None) => {}
            Ok(Some(exit)) => return Some(Went::Out(exit)),
            Err(Raise::OutOfFuel) => {
                // An instruction pauses only because fuel has ended, and where it does must leave no trace.
                if self.in_native() {
                    self.remember_paid();
                }
                self.note_growth();
                let place = match self.has_paused {
                    true => Place::Pause,
                    false => Place::Checkpoint,
                };
                if let Some(exit) = self.fuel_ends(place) {
                    return Some(Went::Out(exit));
                }
            }
            Err(raise) => {
                if let Thrown::Out(exit) = self.throw(raise) {
                    return Some(Went::Out(exit));
                }
            }
        }
        if self.lacks_fuel()
            && self.ip != stubs::HALT
            && let Some(exit) = self.fuel_ends(match self.is_checkpoint {
                true => Place::Checkpoint,
                false => Place::Elsewhere,
            })
        {
            return Some(Went::Out(exit));
        }
        let hooked = self.mem.get(AT, root::HOOKED) != 0;
        if stubs::is_stub(self.ip) || hooked && self.call_waits() {
            None
        } else {
            Some(Went::On)
        }
    }

    /// Takes the fuel for long walks along chains. A step that starts again walks again, so what it owed
    /// when it ran out is dropped.
    #[inline]
    pub fn pay_for_walks(&mut self) {
        let owed = self.mem.host().walked.take();
        if owed != 0 {
            self.take_fuel(u64::from(owed));
        }
    }

    fn stub(&mut self) -> Result<Option<Exit>, Raise> {
        match self.ip {
            stubs::HALT => return Ok(Some(Exit::Done)),
            stubs::COROUTINE_END => self.coroutine_returned()?,
            stubs::META => self.finish_instruction(false)?,
            stubs::META_NOT => self.finish_instruction(true)?,
            stubs::NATIVE_RUN => return self.run_native(),
            stubs::NATIVE_RESUME => {
                if !self.call_returned() {
                    return self.run_native();
                }
            }
            stubs::HANDLED => return Ok(self.handled().exit()),
            stubs::UNWINDING => return Ok(self.go_on_unwinding().exit()),
            stubs::ENDING => return Ok(self.go_on_ending().exit()),
            stubs::HOOK_END => self.hook_returned(),
            stubs::FINALIZER_END => self.finalizer_returned()?,
            stubs::CALLED => self.begin_call()?,
            _ => return Err(self.runtime_error("invalid continuation")),
        }
        Ok(None)
    }

    /// Finishes the instruction that a metamethod (or an iterator) was called for.
    fn finish_instruction(&mut self, negate: bool) -> Result<(), Raise> {
        let left = self.fp() + frame::SIZE;
        let at = self.mem.get(left, frame::NOTE);
        let result = Value(self.mem.load(self.returned_slot()));
        self.goto(at);
        if self.mem.get(AT, root::HOOKED) != 0 {
            self.hook_finished(at);
        }
        let w = self.word();
        let flow = match w.op() {
            Some(Op::SetTable | Op::SetGlobal) => Flow::Next,
            Some(Op::Eq | Op::Lt | Op::Le) => {
                let holds = result.is_falsy() == negate;
                self.branch(holds == (w.a() != 0))
            }
            Some(Op::TForLoop) => self.t_for_test(w),
            Some(Op::Concat) => {
                let end = self.frame_end();
                self.set_top_at(end);
                self.concat_resume(w, result)?
            }
            _ => {
                self.set_reg(w.a(), result);
                Flow::Next
            }
        };
        if flow == Flow::Next {
            self.advance();
        }
        Ok(())
    }

    /// Enters the native of the running activation at its step and does what it answers.
    pub(crate) fn run_native(&mut self) -> Result<Option<Exit>, Raise> {
        // What comes before a step has come already when the step only waited for fuel: where that ended
        // must leave no trace.
        let was_paused = self.mem.get(AT, root::PAUSED) != 0;
        self.mem.set(AT, root::PAUSED, 0);
        if !was_paused && self.is_disturbed() && !self.makes_nothing() {
            self.collect_if_due();
            // A finalizer may ask the host for something, and must not take what is meant for this native.
            if self.finalizer_is_due() && !self.has_mail() {
                self.start_finalizer()?;
                return Ok(None);
            }
        }
        self.credit = self.mem.get(AT, root::PAID);
        self.mem.set(AT, root::PAID, 0);
        self.charged = 0;
        if let Some(count) = self.hooked_return() {
            self.leave_native(count);
            return Ok(None);
        }
        self.native_in_memory()
    }

    pub(super) fn obey(&mut self, fp: u32, answer: Next) -> Result<Option<Exit>, Raise> {
        self.check_answer(answer)?;
        match answer {
            Next::Return(count) => {
                if self.mem.get(AT, root::HOOKED) == 0 || !self.hook_native_return(count)? {
                    self.leave_native(count);
                }
            }
            Next::Call { func, step } => self.call_from_native(fp, func, step)?,
            Next::Protect {
                func,
                handler,
                step,
            } => {
                let flags = self.mem.get(fp, frame::FLAGS) | frame::FLAG_CATCH;
                self.mem.set(fp, frame::FLAGS, flags);
                self.call_from_native(fp, func, step | handler << 16)?;
            }
            Next::TailCall { func } => self.tail_call_from_native(func)?,
            Next::Resume { thread, step } => {
                self.mem.set(fp, frame::EXTRA, step);
                self.mem.set(fp, frame::TOP, (thread - 1) * 8);
                self.resume_coroutine()?;
            }
            Next::Yield(count) => return self.yield_coroutine(count),
            Next::Again => {}
            Next::Wait { step } => {
                self.mem.set(fp, frame::EXTRA, step);
                if self.mem.host().callouts.is_asking() {
                    return Ok(Some(Exit::HostCall));
                }
                let asks = self.mem.host().request.is_some();
                return Ok(asks.then_some(Exit::Hypercall));
            }
        }
        Ok(None)
    }

    /// Whether what a native answers with lies in its window: one that goes on with a window from a strange
    /// snapshot may be wrong about it.
    fn check_answer(&mut self, answer: Next) -> Result<(), Raise> {
        let count = self.count();
        let fits = match answer {
            Next::Return(n) | Next::Yield(n) => n <= count,
            Next::Call { func, .. } | Next::Protect { func, .. } | Next::TailCall { func } => {
                (1..=count).contains(&func)
            }
            Next::Resume { thread, .. } => (1..=count).contains(&thread),
            Next::Again | Next::Wait { .. } => true,
        };
        match fits {
            true => Ok(()),
            false => Err(self.runtime_error("damaged activation")),
        }
    }

    fn leave_native(&mut self, count: u32) {
        let first = self.top().wrapping_sub(count.wrapping_mul(8));
        self.return_values(first, count);
    }

    fn call_from_native(&mut self, fp: u32, func: u32, step: u32) -> Result<(), Raise> {
        self.note_call(fp, func, step);
        self.make_call()
    }

    /// Writes into the record of a native which slot it calls, and the step that is next.
    #[inline]
    fn note_call(&mut self, fp: u32, func: u32, step: u32) {
        self.mem.set(fp, frame::EXTRA, step);
        self.mem.set(fp, frame::TOP, func.saturating_sub(1) * 8);
    }

    fn make_call(&mut self) -> Result<(), Raise> {
        let at = self.base + self.mem.get(self.fp(), frame::TOP);
        let nargs = (self.top().wrapping_sub(at) / 8).saturating_sub(1);
        let back = Return {
            ip: stubs::NATIVE_RESUME,
            wanted: 0,
            flags: 0,
            note: 0,
            outer: 0,
        };
        self.call_value(at, nargs, back)
    }

    /// Makes the running native catch the error that it raises next, as an error of a call with
    /// [`Next::Protect`] in slot `func`: the message handler below sees it first.
    pub fn catch_own(&mut self, func: u32, step: u32) {
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS) | frame::FLAG_CATCH;
        self.mem.set(fp, frame::FLAGS, flags);
        self.mem
            .set(fp, frame::EXTRA, step | crate::native::HANDLER_BELOW << 16);
        self.mem.set(fp, frame::TOP, func.saturating_sub(1) * 8);
    }

    fn tail_call_from_native(&mut self, func: u32) -> Result<(), Raise> {
        let at = self.base + func.saturating_sub(1) * 8;
        let nargs = (self.top().wrapping_sub(at) / 8).saturating_sub(1);
        self.tail_call(at, nargs)
    }

    /// A call that a native made has returned; a protected one puts `true` before its results. Tells
    /// whether the native has been left at once.
    fn call_returned(&mut self) -> bool {
        self.back_in_native();
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS);
        if flags & frame::FLAG_CATCH == 0 {
            return false;
        }
        self.mem.set(fp, frame::FLAGS, flags & !frame::FLAG_CATCH);
        let at = self.base + self.mem.get(fp, frame::TOP);
        let top = self.top();
        // Below the results is the native's own slot, or that of a handler: neither is needed any more.
        let first = at - 8;
        let below = self.mem.load::<u64>(first);
        self.mem.store(first, Value::TRUE.0);
        if self.pass_results(first, top.wrapping_sub(first) / 8) {
            return true;
        }
        self.mem.store(first, below);
        self.mem.copy(at, at + 8, top.wrapping_sub(at));
        self.mem.store(at, Value::TRUE.0);
        self.set_top_at(top + 8);
        false
    }

    /// Leaves the running native with the `true` or `false` at `first` and what lies behind it, if that is all
    /// its step would do and no hook wants to hear of it.
    pub(super) fn pass_results(&mut self, first: u32, count: u32) -> bool {
        let step = self.mem.get(self.fp(), frame::EXTRA);
        let skipped = match step & (RETURNS_ALL | RETURNS_REST) {
            RETURNS_ALL => 0,
            RETURNS_REST => 1,
            _ => return false,
        };
        if self.mem.get(AT, root::HOOKED) != 0 {
            return false;
        }
        self.return_values(first + 8 * skipped, count - skipped);
        true
    }

    /// The native ran out in the middle of a step: it will start the step again, and what it
    /// has paid so far counts then.
    pub(super) fn remember_paid(&mut self) {
        self.mem.set(AT, root::PAID, self.charged);
        self.mem.set(AT, root::PAUSED, 1);
        self.goto(stubs::NATIVE_RUN);
    }

    /// The step that waits for fuel will not go on.
    pub(crate) fn forget_step(&mut self) {
        self.mem.set(AT, root::PAID, 0);
        self.mem.set(AT, root::PAUSED, 0);
        self.mem.host_mut().kept = None;
        self.mem.host_mut().work = None;
        self.hooks_begin_anew();
        self.forget_loading();
        if unfinished::progress(self.mem).is_some() {
            unfinished::forget(self.mem);
        }
        growth::forget(self.mem);
    }

    /// Charges `units` of fuel before work that takes them.
    ///
    /// # Errors
    /// When fuel does not cover them. The engine exits, and the step starts again from its beginning
    /// once there is enough; so a native charges before it changes or allocates anything.
    pub fn charge(&mut self, units: u64) -> Result<(), Raise> {
        if !METERED {
            return Ok(());
        }
        self.charged = self.charged.saturating_add(units);
        let from_credit = units.min(self.credit);
        self.credit -= from_credit;
        if units == from_credit {
            return Ok(());
        }
        self.take_fuel(units - from_credit);
        if self.lacks_fuel() {
            Err(Raise::OutOfFuel)
        } else {
            Ok(())
        }
    }
}
