//! How many activations a thread may have: the machine's limit, and lower ones that rings have. Must not push any.
//!
//! A thread has memory for `Thread::CAPACITY` records and may use `Thread::ROOM` of them. How far both may grow is
//! in the thread's first record, whose place is nobody's activation; 0 stands for the machine's limit.

use super::coroutine::MAX_RESUMES;
use super::cpu::Cpu;
use super::frame::{EXTENSION, MAX_STACK};
use crate::error::Raise;
use crate::heap::{alloc, behind};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, account, frame};
use crate::ring::Ring;
use std::ops::Range;

/// Most activations of a thread, as in Lua 5.1.
pub const MAX_FRAMES: u32 = 20_000;
/// Further activations for message handlers after an overflow.
const SPARE_FRAMES: u32 = 250;

/// Activations that a gate finds left when it is entered, or its call is an error before it has begun.
const GATE_FRAMES: u32 = 200;
/// Coroutines that have not resumed each other yet, and bytes of the stack for values, that it finds left.
const GATE_RESUMES: u32 = 200;
const GATE_STACK: u32 = 512 << 10;

/// Records behind those that a thread may use: for a native that needs one where hot code does without.
pub(crate) const SPARE: u32 = 1;

/// The last place in a thread's frame stack that a record may have.
pub(crate) fn frame_limit(mem: &Mem<'_>, t: Thread) -> u32 {
    let room = u32::from(mem.get(t.0, Thread::ROOM));
    let last = room.saturating_sub(1) * frame::SIZE;
    mem.get(t.0, Thread::FRAMES).wrapping_add(last)
}

/// Most records of a thread, its first one included.
fn most(mem: &Mem<'_>, t: Thread) -> u32 {
    match mem.get(mem.get(t.0, Thread::FRAMES), frame::EXTRA) {
        0 => MAX_FRAMES,
        n => n.min(MAX_FRAMES),
    }
}

impl Cpu<'_, '_> {
    /// Records of the running thread, the first one included.
    fn records(&self) -> u32 {
        let frames = self.mem.get(self.thread().0, Thread::FRAMES);
        self.fp().wrapping_sub(frames) / frame::SIZE + 1
    }

    /// Lets the running thread have at most `depth` activations more than it has, and not more than it might; gives
    /// what it might.
    pub(super) fn limit_depth(&mut self, depth: Option<u32>) -> u32 {
        let frames = self.mem.get(self.thread().0, Thread::FRAMES);
        let before = self.mem.get(frames, frame::EXTRA);
        if let Some(depth) = depth {
            let wanted = self.records().saturating_add(depth);
            self.set_most_records(wanted.min(most(self.mem, self.thread())));
        }
        before
    }

    /// Lets the running thread have as many activations as the ring that has made a gate may have, whatever the caller may; gives
    /// what it might have before.
    ///
    /// # Errors
    /// Too little is left of a limit of the machine for a gate to count on it.
    pub(super) fn begin_gates_depth(&mut self, maker: Ring) -> Result<u32, Raise> {
        let used = self.records();
        let depth = self.depth_limit_of(maker);
        let stack = self.mem.get(self.thread().0, Thread::STACK);
        let has_room = used + depth.unwrap_or(GATE_FRAMES).min(GATE_FRAMES) <= MAX_FRAMES
            && self.mem.get(AT, root::RESUME_DEPTH) + GATE_RESUMES <= MAX_RESUMES
            && self.top().wrapping_sub(stack) <= MAX_STACK - GATE_STACK;
        if !has_room {
            self.mem.set(self.thread().0, Thread::DEPTH, 1);
            return Err(self.error_at(1, b"stack overflow"));
        }
        let frames = self.mem.get(self.thread().0, Thread::FRAMES);
        let before = self.mem.get(frames, frame::EXTRA);
        let most = depth.map_or(0, |depth| used.saturating_add(depth).min(MAX_FRAMES));
        self.set_most_records(most);
        Ok(before)
    }

    /// Sets how many records the running thread may have; 0 is the machine's limit.
    pub(crate) fn set_most_records(&mut self, count: u32) {
        let t = self.thread();
        let frames = self.mem.get(t.0, Thread::FRAMES);
        if self.mem.get(frames, frame::EXTRA) == count {
            return;
        }
        self.mem.set(frames, frame::EXTRA, count);
        self.fit_room(t);
    }

    /// Lets a thread use the memory that it has for records as far as it may; the last one is for natives.
    fn fit_room(&mut self, t: Thread) {
        let capacity = u32::from(self.mem.get(t.0, Thread::CAPACITY));
        let room = most(self.mem, t).min(capacity.saturating_sub(SPARE));
        self.set_room(t, room);
    }

    fn set_room(&mut self, t: Thread, room: u32) {
        self.mem.set(t.0, Thread::ROOM, room as u16);
        if t == self.thread() {
            let limit = frame_limit(self.mem, t);
            self.mem.set(AT, root::FRAME_LIMIT, limit);
        }
    }

    /// A coroutine made by a thread with a limit gets what that one has left.
    pub(super) fn share_depth(&mut self, made: Thread) {
        let own = self.mem.get(self.thread().0, Thread::FRAMES);
        if self.mem.get(own, frame::EXTRA) == 0 {
            return;
        }
        // The native that makes it does not count: as a leaf it has no record.
        let used = self.records() - u32::from(!self.is_leaf);
        let left = most(self.mem, self.thread()).saturating_sub(used);
        let frames = self.mem.get(made.0, Thread::FRAMES);
        self.mem.set(frames, frame::EXTRA, left.max(1) + 1);
        self.fit_room(made);
    }

    /// Whether the native in slot `at` may have the record behind all others. Hot code calls leaves without a record: where
    /// they need one they must not fail, and nothing must grow. Behind a ring's limit all natives may have it.
    #[cold]
    pub(super) fn has_spare_record(&self, at: u32) -> bool {
        let t = self.thread();
        let room = self.mem.get(t.0, Thread::ROOM);
        (self.is_leafs_slot(at) || u32::from(room) >= most(self.mem, t))
            && room < self.mem.get(t.0, Thread::CAPACITY)
            && self.records() == u32::from(room)
    }

    /// Makes room for another record.
    #[cold]
    pub(super) fn grow_frames(&mut self) -> Result<(), Raise> {
        let t = self.thread();
        let room = u32::from(self.mem.get(t.0, Thread::ROOM));
        let most = most(self.mem, t);
        let handling = room >= most;
        let new_room = match handling {
            true => most + SPARE_FRAMES,
            false => (room * 2 + SPARE).min(most),
        };
        let overflows = handling && !self.is_handling_overflow();
        if overflows || new_room <= self.records() {
            return Err(self.overflow());
        }
        let needed = new_room + SPARE;
        let mut capacity = u32::from(self.mem.get(t.0, Thread::CAPACITY));
        if needed > capacity {
            capacity = match self.extend_frames(t, capacity, needed) {
                Some(longer) => longer,
                None => {
                    self.move_frames(t, needed)?;
                    needed
                }
            };
        }
        self.set_room(t, new_room.min(capacity - SPARE));
        Ok(())
    }

    /// Gives a thread memory for more records than `capacity` where those lie, and not for more than `needed`; tells for
    /// how many, if there is room.
    fn extend_frames(&mut self, t: Thread, capacity: u32, needed: u32) -> Option<u32> {
        let frames = self.mem.get(t.0, Thread::FRAMES);
        let longer = needed.min(capacity + EXTENSION / frame::SIZE);
        let sizes = [capacity, longer].map(|records| records * frame::SIZE);
        if !behind::extend(self.mem, frames, sizes[0], sizes[1]) {
            return None;
        }
        self.mem.set(t.0, Thread::CAPACITY, longer as u16);
        Some(longer)
    }

    /// Moves the running thread's records if they begin in `place`, which its stack needs, and tells whether it did: they are
    /// fewer bytes than the stack, which need not move then.
    pub(super) fn move_frames_from(&mut self, t: Thread, place: Range<u32>) -> bool {
        let capacity = u32::from(self.mem.get(t.0, Thread::CAPACITY));
        let is_there = place.contains(&self.mem.get(t.0, Thread::FRAMES));
        if !is_there || self.move_frames(t, capacity).is_err() {
            return false;
        }
        let limit = frame_limit(self.mem, t);
        self.mem.set(AT, root::FRAME_LIMIT, limit);
        true
    }

    fn move_frames(&mut self, t: Thread, capacity: u32) -> Result<(), Raise> {
        let frames = self.mem.get(t.0, Thread::FRAMES);
        let size = u32::from(self.mem.get(t.0, Thread::CAPACITY)) * frame::SIZE;
        let new = alloc::alloc_blob(self.mem, u64::from(capacity * frame::SIZE))?;
        self.mem.copy(frames, new, size);
        let fp = self.fp().wrapping_add(new.wrapping_sub(frames));
        self.mem.set(AT, root::FP, fp);
        self.mem.set(t.0, Thread::FRAMES, new);
        self.mem.set(t.0, Thread::CAPACITY, capacity as u16);
        crate::heap::free_large(self.mem, frames, u64::from(size));
        Ok(())
    }

    fn is_handling_overflow(&self) -> bool {
        self.mem.get(self.thread().0, Thread::DEPTH) != 0
    }

    /// The error of a stack that cannot grow any further.
    #[cold]
    pub(crate) fn overflow(&mut self) -> Raise {
        let thread = self.thread();
        self.mem.set(thread.0, Thread::DEPTH, 1);
        self.runtime_error("stack overflow")
    }

    /// The most activations that a call into a ring may have above it; `None` when only the machine limits them.
    pub fn depth_limit_of(&self, ring: Ring) -> Option<u32> {
        match self
            .mem
            .get(super::ring::account_of(ring), account::MAX_DEPTH)
        {
            0 => None,
            depth => Some(depth),
        }
    }

    /// Limits how many activations a call into a ring, by `ring.run` or by the host, may have above it from now on.
    /// The least is one.
    pub fn set_depth_for(&mut self, ring: Ring, depth: Option<u32>) {
        let depth = depth.map_or(0, |depth| depth.max(1));
        self.mem
            .set(super::ring::account_of(ring), account::MAX_DEPTH, depth);
    }
}
