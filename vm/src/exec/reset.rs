//! The empty main thread, with which each call from outside begins. Must not begin any.

use super::cpu::Cpu;
use crate::data::{closure, thread};
use crate::heap::{self, barrier};
use crate::objects::Thread;
use crate::objects::root::{self, AT};
use crate::ring::{Ring, Rings};

impl Cpu<'_, '_> {
    /// Drops everything that runs and makes the empty main thread the running one.
    pub(crate) fn reset_main(&mut self) {
        let main = Thread(self.mem.get(AT, root::MAIN));
        if self.has_only_returned(main) {
            return self.begin_again(main);
        }
        self.give_up_coroutines();
        let frames = self.mem.get(main.0, Thread::FRAMES);
        self.drop_records(frames);
        let stack = self.mem.get(main.0, Thread::STACK);
        closure::close(self.mem, stack);
        self.mem.set(main.0, Thread::OPEN, 0);
        barrier::stopped(self.mem, self.thread());
        let home = Ring::new(self.mem.get(AT, root::HOME)).unwrap_or_default();
        self.mem.set(main.0, Thread::RINGS, Rings::of(home).pack());
        self.mem.set(main.0, Thread::SCOPED, 0);
        self.mem.set(main.0, Thread::FP, frames);
        self.mem.set(main.0, Thread::TOP, stack);
        self.mem.set(main.0, Thread::BASE, stack + 8);
        self.mem.set(main.0, Thread::DEPTH, 0);
        self.mem.set(main.0, Thread::INHOOK, 0);
        self.mem.set(AT, root::IN_FINALIZER, 0);
        self.forget_step();
        heap::alloc::has_room(self.mem);
        self.mem.set(AT, root::RESUME_DEPTH, 0);
        self.mem.host_mut().request = None;
        self.mem.host_mut().forget_asked();
        self.mem.host_mut().reply = None;
        self.mem.host_mut().kept = None;
        self.mem.host_mut().callouts.forget();
        self.switch_to_main();
        self.set_depth_of(home);
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
            | mem.get(AT, root::IN_FINALIZER);
        let flags = mem.get(main.0, Thread::SCOPED)
            | mem.get(main.0, Thread::INHOOK)
            | mem.get(AT, root::PAUSED);
        is_main
            && left == 0
            && flags == 0
            && mem.get(AT, root::PAID) == 0
            && mem.get(main.0, Thread::DEPTH) == 0
            && host.is_quiet()
    }

    /// What [`Cpu::reset_main`] does when the last call has only returned.
    fn begin_again(&mut self, main: Thread) {
        let stack = self.mem.get(main.0, Thread::STACK);
        let home = Ring::new(self.mem.get(AT, root::HOME)).unwrap_or_default();
        barrier::stopped(self.mem, main);
        self.mem.set(main.0, Thread::RINGS, Rings::of(home).pack());
        self.mem.set(main.0, Thread::OPEN, 0);
        self.mem.set(main.0, Thread::FP, self.fp());
        self.mem.set(main.0, Thread::TOP, stack);
        self.mem.set(main.0, Thread::BASE, stack + 8);
        self.mem.set(main.0, Thread::STATUS, thread::RUNNING);
        self.mem.set(AT, root::TOP, stack);
        self.base = stack + 8;
        self.k = self.mem.get(main.0, Thread::K);
        self.set_rings(Rings::of(home));
        self.set_depth_of(home);
    }

    fn set_depth_of(&mut self, home: Ring) {
        let depth = self.depth_limit_of(home);
        self.set_most_records(depth.map_or(0, |depth| depth.saturating_add(1)));
    }
}
