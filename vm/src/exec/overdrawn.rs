//! Stopping the owner of an account that is used up: where that is, and what is thrown there. Must not know which account
//! it is, nor why.

use super::cpu::Cpu;
use super::unwind::Thrown;
use crate::data::records::{self, Marks, Seen};
use crate::heap::collect;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, frame};
use crate::ring::{Outer, Ring, Rings};

/// Where rings change.
const RINGS: Marks = Marks::flags(frame::FLAG_RING);

/// A place where an exhausted account's owner is stopped: an activation, or a coroutine as a whole, whose `fp` is the place
/// below its records.
#[derive(Debug, Clone, Copy)]
struct Scope {
    thread: Thread,
    fp: u32,
}

impl Cpu<'_, '_> {
    /// Unwinds to the innermost place where somebody further inside called what the paying ring runs, or
    /// had limited it, and throws an error with this message there. `None` when there is nobody.
    pub(crate) fn stop_owner(&mut self, message: &str) -> Option<Thrown> {
        let scope = self.find_scope()?;
        collect::complete(self.mem);
        self.forget_step();
        while self.thread() != scope.thread {
            self.give_up_coroutine();
        }
        Some(self.stop_at(scope.fp, message))
    }

    fn find_scope(&self) -> Option<Scope> {
        let payer = self.rings().payer;
        let mut thread = self.thread();
        let mut fp = self.fp();
        loop {
            let bottom = self.mem.get(thread.0, Thread::FRAMES);
            let first = bottom.wrapping_add(frame::SIZE);
            let changes = |r: Seen<'_>| r.flags() & frame::FLAG_RING != 0;
            while let Some(at) = records::find_down(self.mem, fp, first, RINGS, changes) {
                if self.is_scope(thread, at, payer) {
                    return Some(Scope { thread, fp: at });
                }
                fp = at.wrapping_sub(frame::SIZE);
            }
            let resumer = self.mem.get(thread.0, Thread::RESUMER);
            if thread.0 == self.mem.get(AT, root::MAIN) || resumer == 0 {
                return None;
            }
            let below = Thread(resumer);
            fp = self.mem.get(resumer, Thread::FP);
            if self.is_resumed_further_inside(below, fp, payer) {
                return Some(Scope { thread, fp: bottom });
            }
            thread = below;
        }
    }

    /// Whether `resumer`, whose topmost record is at `fp`, is code of a ring further inside than `payer`, so that it is to be
    /// told. What the host resumes waits for the host, like what it calls.
    fn is_resumed_further_inside(&self, resumer: Thread, fp: u32, payer: Ring) -> bool {
        let rings = Rings::unpack(self.mem.get(resumer.0, Thread::RINGS));
        let is_the_hosts = self.mem.get(fp, frame::FLAGS) & frame::FLAG_ENTRY != 0
            && resumer.0 == self.mem.get(AT, root::MAIN);
        rings.level < payer && !is_the_hosts
    }

    /// Whether a record in which rings change is such a place.
    fn is_scope(&self, thread: Thread, fp: u32, payer: Ring) -> bool {
        let flags = self.mem.get(fp, frame::FLAGS);
        let outer = Outer::unpack(self.mem.get(fp, frame::OUTER));
        if self.mem.get(fp, frame::KIND) == frame::KIND_NATIVE {
            // Whoever calls the finalizers that are left at the end has set no limits.
            return outer.limits || outer.rings.level < payer;
        }
        // The host has called it: there is nobody in the guest to tell.
        let is_the_hosts =
            flags & frame::FLAG_ENTRY != 0 && thread.0 == self.mem.get(AT, root::MAIN);
        // What a gate calls back may have its payer, but not its rights.
        outer.rings.level < payer && !is_the_hosts
    }

    fn stop_at(&mut self, fp: u32, message: &str) -> Thrown {
        let raise = self.plain_error(message);
        let error = self.error_value(raise);
        if fp < self.first_record() {
            return self.end_of_thread(error, Ring::Library);
        }
        let flags = self.mem.get(fp, frame::FLAGS);
        // A native gets the error, whether it catches those of others or not, but as a finalizer it ends.
        let is_native = self.mem.get(fp, frame::KIND) == frame::KIND_NATIVE;
        let catches = is_native && !self.is_strange_finalizer(fp);
        if !catches && flags & frame::FLAG_ENTRY != 0 {
            return self.end_of_thread(error, Ring::Library);
        }
        let flags = match catches {
            true => flags | frame::FLAG_CATCH,
            false => flags & !frame::FLAG_CATCH,
        };
        self.mem.set(fp, frame::FLAGS, flags);
        self.unwind_stopped(fp, error)
    }
}
