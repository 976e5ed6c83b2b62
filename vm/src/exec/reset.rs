//! The empty main thread, and the call from outside that begins in it. Must not run any.

use super::cpu::Cpu;
use super::frame::Return;
use super::stubs;
use crate::data::closure::{self, Function};
use crate::error::Raise;
use crate::heap::{self, barrier};
use crate::objects::root::{self, AT};
use crate::objects::{Thread, frame};
use crate::ring::Rings;
use crate::value::Value;

impl Cpu<'_, '_> {
    /// Drops everything that runs and makes the empty main thread the running one.
    pub(crate) fn reset_main(&mut self) {
        let main = Thread(self.mem.get(AT, root::MAIN));
        let at_rest = std::mem::take(&mut self.mem.host_mut().at_rest);
        if !at_rest && !self.has_only_returned(main) {
            self.drop_all(main);
        }
        let home = self.home();
        let rings = Rings::of(home).pack();
        let running = self.thread();
        let mut mem = self.mem.masked();
        let (frames, stack) = (
            mem.get(main.0, Thread::FRAMES),
            mem.get(main.0, Thread::STACK),
        );
        mem.set(main.0, Thread::RINGS, rings);
        mem.set(main.0, Thread::OPEN, 0);
        mem.set(main.0, Thread::FP, frames);
        mem.set(main.0, Thread::TOP, stack);
        // The collector notes how much is on its stack: not what was there when it last resumed a coroutine.
        barrier::stopped(&mut mem, running);
        mem.set(main.0, Thread::BASE, stack + 8);
        if at_rest && mem.get(AT, root::RINGS) == rings {
            mem.set(AT, root::TOP, stack);
            self.base = stack + 8;
        } else {
            self.switch_to_main();
        }
        let depth = self.depth_limit_of(home);
        self.set_most_records(depth.map_or(0, |depth| depth.saturating_add(1)));
    }

    /// Puts what `push` pushes into the empty window of the main thread, as the arguments of the first of them.
    ///
    /// # Errors
    /// Those of `push`.
    pub(crate) fn lay_out_call<E>(
        &mut self,
        push: impl FnOnce(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        self.reset_main();
        self.base = self.top();
        push(self)?;
        self.base += 8;
        Ok(())
    }

    /// Begins the call that is laid out.
    ///
    /// # Errors
    /// What is called is no function, or there is no memory.
    pub(crate) fn begin_call(&mut self) -> Result<(), Raise> {
        let back = Return {
            ip: stubs::HALT,
            wanted: 0,
            flags: frame::FLAG_ENTRY,
            note: 0,
            outer: 0,
        };
        let (at, nargs) = (self.base - 8, self.count());
        self.call_value(at, nargs, back)
    }

    /// Lets the run begin the call that is laid out, when that is the quicker way.
    ///
    /// # Errors
    /// Those of [`Cpu::begin_call`].
    pub(crate) fn put_off_call(&mut self) -> Result<(), Raise> {
        let callee = Value(self.mem.load(self.base - 8));
        match closure::function_of(self.mem, callee) {
            Some(Function::Lua(_)) => {
                self.goto(stubs::CALLED);
                Ok(())
            }
            _ => self.begin_call(),
        }
    }

    /// Whether the last call has returned and left nothing behind: most do, and then there is nothing to drop.
    fn has_only_returned(&self, main: Thread) -> bool {
        let (mem, host) = (&self.mem, self.mem.host());
        let is_main = mem.get(AT, root::THREAD) == main.0
            && mem.get(AT, root::FP) == mem.get(main.0, Thread::FRAMES);
        let left = mem.get(AT, root::OPEN)
            | mem.get(AT, root::RESUME_DEPTH)
            | mem.get(AT, root::MEMORY_LENT)
            | mem.get(AT, root::MEMORY_WANTED)
            | u32::from(self.in_finalizer());
        let flags = mem.get(main.0, Thread::SCOPED)
            | mem.get(main.0, Thread::INHOOK)
            | mem.get(AT, root::PAUSED);
        is_main
            && left == 0
            && flags == 0
            && mem.get(AT, root::PAID) | mem.get(AT, root::LOAD_PAID) == 0
            && mem.get(AT, root::LOADED_AS) == 0
            && mem.get(main.0, Thread::DEPTH) == 0
            && host.is_quiet()
    }

    /// Drops what is left of a call, wherever it stands.
    fn drop_all(&mut self, main: Thread) {
        self.give_up_coroutines();
        self.drop_records(self.mem.get(main.0, Thread::FRAMES));
        closure::close(self.mem, self.mem.get(main.0, Thread::STACK));
        self.mem.set(main.0, Thread::SCOPED, 0);
        self.mem.set(main.0, Thread::DEPTH, 0);
        self.mem.set(main.0, Thread::INHOOK, 0);
        if self.in_finalizer() {
            self.put_off_finalizers();
        }
        self.forget_step();
        heap::limit::has_room(self.mem);
        self.mem.set(AT, root::RESUME_DEPTH, 0);
        let host = self.mem.host_mut();
        host.request = None;
        host.forget_asked();
        host.reply = None;
        host.kept = None;
        host.callouts.forget();
    }
}
