//! The empty main thread, with which each call from outside begins. Must not begin any.

use super::cpu::Cpu;
use crate::data::closure;
use crate::heap::{self, barrier};
use crate::objects::Thread;
use crate::objects::root::{self, AT};
use crate::ring::{Ring, Rings};

impl Cpu<'_, '_> {
    /// Drops everything that runs and makes the empty main thread the running one.
    pub(crate) fn reset_main(&mut self) {
        let main = Thread(self.mem.get(AT, root::MAIN));
        if !self.has_only_returned(main) {
            self.drop_all(main);
        }
        let (frames, stack) = (
            self.mem.get(main.0, Thread::FRAMES),
            self.mem.get(main.0, Thread::STACK),
        );
        let home = Ring::new(self.mem.get(AT, root::HOME)).unwrap_or_default();
        barrier::stopped(self.mem, self.thread());
        self.mem.set(main.0, Thread::RINGS, Rings::of(home).pack());
        self.mem.set(main.0, Thread::OPEN, 0);
        self.mem.set(main.0, Thread::FP, frames);
        self.mem.set(main.0, Thread::TOP, stack);
        self.mem.set(main.0, Thread::BASE, stack + 8);
        self.switch_to_main();
        let depth = self.depth_limit_of(home);
        self.set_most_records(depth.map_or(0, |depth| depth.saturating_add(1)));
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

    /// Drops what is left of a call, wherever it stands.
    fn drop_all(&mut self, main: Thread) {
        self.give_up_coroutines();
        self.drop_records(self.mem.get(main.0, Thread::FRAMES));
        closure::close(self.mem, self.mem.get(main.0, Thread::STACK));
        self.mem.set(main.0, Thread::SCOPED, 0);
        self.mem.set(main.0, Thread::DEPTH, 0);
        self.mem.set(main.0, Thread::INHOOK, 0);
        self.mem.set(AT, root::IN_FINALIZER, 0);
        self.forget_step();
        heap::alloc::has_room(self.mem);
        self.mem.set(AT, root::RESUME_DEPTH, 0);
        let host = self.mem.host_mut();
        host.request = None;
        host.forget_asked();
        host.reply = None;
        host.kept = None;
        host.callouts.forget();
    }
}
