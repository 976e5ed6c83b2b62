//! What a full memory means for a guest. Must not allocate.
//!
//! An allocation that finds no room gets some blocks beyond the limit, and the engine's fuel is sunk: so the guest stands
//! where fuel is looked at, with all its state, as it does when fuel ends, and its collector looks what is free. If that is
//! not enough the guest stops, if its host wants to know of it, or gets an error. An instruction that asks for more than
//! these blocks is as if it had not begun, and so is a leaf. What other natives ask for beyond them is collected for at
//! once, or ends the call.

use super::cpu::Cpu;
use super::ring::Place;
use super::unwind::Thrown;
use crate::data::{growth, string, unfinished};
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap::{self, BLOCK, collect};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::ring::Rings;
use crate::value::{TAG_STRING, Type};
use crate::vm::Vm;
use bvm_isa::{Op, Word};

/// Bytes of host memory that work for a guest may take in passing without counting.
pub const SPARE: u64 = 16 << 20;

/// Eighths of a unit that fuel is sunk by: more than any slice has.
const DEPTH: i64 = 1 << 60;

/// What the engine may use of `left` eighths of a unit: nothing while memory is full, or the guest is to stand.
#[inline]
pub(super) fn sunk(mem: &Mem<'_>, left: i64) -> i64 {
    match mem.get(AT, root::MEMORY_LENT) != 0 || collect::holds(mem) {
        false => left,
        true => left - DEPTH,
    }
}

impl Cpu<'_, '_> {
    /// After a collection: when memory is still full, or the guest is to stand for the collector, it stops soon. Nothing
    /// depends on where `ip` is.
    pub(super) fn sink_if_asked(&mut self) {
        if !collect::holds(self.mem) && !heap::limit::is_full(self.mem) {
            return;
        }
        if !self.is_sunk() {
            let lease = self.mem.get(AT, root::LEASE);
            let reserve = self.mem.get(AT, root::RESERVE);
            self.mem.set(AT, root::LEASE, lease - DEPTH);
            self.mem
                .set(AT, root::RESERVE, reserve.saturating_add(DEPTH));
            self.fuel.sink(DEPTH);
        }
    }

    /// Whether fuel looks used up because of memory or the collector.
    pub(super) fn is_sunk(&self) -> bool {
        self.mem.get(AT, root::LEASE) < -DEPTH / 2
    }

    /// What is to become of a guest that has stood where memory was full, if it is still: its host is told, if it wants to be,
    /// or it gets an error.
    #[cold]
    pub(super) fn meet_full_memory(&mut self) -> Option<Option<Exit>> {
        if self.mem.get(AT, root::GC_WHOLE) != 0 || !heap::limit::is_full(self.mem) {
            return None;
        }
        if self.maker_has_room() {
            return None;
        }
        if self.mem.get(AT, root::MEMORY_ENDS) != 0 && !self.has_own_memory() {
            return Some(Some(Exit::MemoryFull));
        }
        heap::limit::has_room(self.mem);
        self.forget_step();
        match self.throw(Raise::NoMemory) {
            Thrown::Out(exit) => Some(Some(exit)),
            Thrown::Caught => None,
        }
    }

    /// In a gate whose caller's account is full, whoever made the gate pays from now on, so that it is not left half-way. Tells
    /// whether that is enough.
    fn maker_has_room(&mut self) -> bool {
        let rings = self.rings();
        if !rings.is_in_gate() || !self.has_own_memory() {
            return false;
        }
        heap::owner::note_debt(self.mem);
        self.set_rings(Rings::of(rings.level));
        !heap::limit::is_full(self.mem)
    }

    /// A gate has been left. If its caller could not pay for the memory of it, that one is stopped at the next place where the
    /// guest stands, unless a collection shows that it can by now.
    pub(super) fn meet_debt(&mut self) {
        if heap::owner::is_in_debt(self.mem) && heap::limit::lend(self.mem, 1) {
            self.sink_if_asked();
        }
    }

    /// Executes the instruction at `ip`. If memory does not suffice for it, and it can begin again, the guest stands before
    /// it while its collector looks for more.
    pub(super) fn instruction(&mut self) -> Result<Option<Exit>, Raise> {
        let (fuel, ip, fp) = (self.fuel, self.ip, self.fp());
        let paid = self.mem.get(AT, root::GROWN_PAID);
        self.mem.set(AT, root::MEMORY_WANTED, 0);
        let can_begin_again = self.can_begin_again();
        self.mem.host_mut().standing.is_fixed = !can_begin_again;
        let result = self.step();
        self.mem.host_mut().standing.is_fixed = false;
        match result {
            Ok(()) => {
                self.mem.host_mut().standing.waited_for = 0;
                Ok(None)
            }
            Err(Raise::NoMemory)
                if self.ip == ip
                    && self.fp() == fp
                    && can_begin_again
                    && heap::limit::wait(self.mem) =>
            {
                // What it has paid for a table that is to grow stays paid.
                let more = self.mem.get(AT, root::GROWN_PAID).saturating_sub(paid);
                self.fuel = fuel;
                self.take_fuel(more);
                self.mem.host().walked.set(0);
                self.begins_again();
                Ok(self.wait_for_memory())
            }
            Err(Raise::NoMemory) => {
                growth::forget(self.mem);
                unfinished::forget(self.mem);
                Err(Raise::NoMemory)
            }
            Err(raise) => Err(raise),
        }
    }

    /// The guest stands before what has found no memory.
    fn wait_for_memory(&mut self) -> Option<Exit> {
        collect::see_want(self.mem);
        self.sink_if_asked();
        self.note_growth();
        self.fuel_ends(Place::Memory)
    }

    /// Runs the native of the running activation at its step, and does what it answers. If memory does not suffice
    /// for the first step of a leaf, which changes nothing before it returns, the guest stands before it.
    pub(super) fn native_in_memory(&mut self) -> Result<Option<Exit>, Raise> {
        if self.mem.get(AT, root::MEMORY_WANTED) != 0 && self.mem.get(AT, root::MEMORY_LENT) != 0 {
            // It has been called as a leaf already, and has paid.
            self.charged = std::mem::take(&mut self.credit);
            self.remember_paid();
            return Ok(self.wait_for_memory());
        }
        let size = self.top().wrapping_sub(self.base);
        let is_leafs = self.is_leafs_activation();
        match self.beginning_again(is_leafs, Self::call_native) {
            Err(Raise::NoMemory) => self.native_lacks_memory(size),
            answer => {
                self.mem.host_mut().standing.waited_for = 0;
                self.obey(self.fp(), answer?)
            }
        }
    }

    /// Lets a native do something that it can begin again, or not.
    fn beginning_again<R>(&mut self, can: bool, work: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.mem.host_mut().standing.begins_again, can);
        let result = work(self);
        self.mem.host_mut().standing.begins_again = before;
        result
    }

    /// Memory has not sufficed for a step of the running native, whose window had `size` bytes.
    #[cold]
    pub(super) fn native_lacks_memory(&mut self, size: u32) -> Result<Option<Exit>, Raise> {
        if self.is_leafs_activation() && heap::limit::wait(self.mem) {
            // The stack may have moved.
            self.set_top_at(self.base.wrapping_add(size));
            self.remember_paid();
            return Ok(self.wait_for_memory());
        }
        growth::forget(self.mem);
        Err(Raise::NoMemory)
    }

    /// Begins a string of `len` bytes that the running native goes on with at `step`. If there is no memory for it the native
    /// comes back there after the guest has stood.
    ///
    /// # Errors
    /// No memory; it has to come back.
    pub fn begin_long(&mut self, len: u64, step: u32) -> Result<(), Raise> {
        // What it has done lies in its window.
        let begun = self.beginning_again(true, |cpu| unfinished::begin(cpu.mem, len));
        if begun.is_err() && (self.is_leaf() || !heap::limit::wait(self.mem)) {
            return Err(Raise::NoMemory);
        }
        self.set_step(step);
        match begun {
            Ok(()) => Ok(()),
            Err(_) => Err(self.pause()),
        }
    }

    /// Whether the running activation is in the first step of a native that is called as a leaf.
    pub(super) fn is_leafs_activation(&self) -> bool {
        self.step_number() == 0 && self.calling(self.native_closure()).is_leaf()
    }

    /// Whether the instruction at `ip` changes nothing that it reads before it has all memory that it needs.
    fn can_begin_again(&self) -> bool {
        let word = self.word();
        match word.op() {
            Some(Op::NewTable | Op::SetTable | Op::SetGlobal | Op::SetList | Op::Closure) => true,
            Some(Op::Concat) => self.joins_texts(word),
            // Arguments of something else have been moved.
            Some(Op::Call) => self.reg(word.a()).type_of() == Type::Function,
            _ => false,
        }
    }

    /// Whether a concatenation calls nobody: then it is done in one piece.
    fn joins_texts(&self, w: Word) -> bool {
        (w.b()..=w.c()).all(|i| {
            let v = self.reg(i as u8);
            v.is_number() || v.tag() == TAG_STRING
        })
    }
}

/// What natives ask before they take memory.
impl Cpu<'_, '_> {
    /// Whether work outside the cage may take `bytes` of the host's memory for a moment: what goes
    /// beyond [`SPARE`] has to fit into what the guest has left of its own.
    ///
    /// # Errors
    /// It does not, even after a collection.
    pub fn check_room(&mut self, bytes: u64) -> Result<(), Raise> {
        let bytes = bytes.saturating_sub(SPARE);
        if bytes > self.room() {
            heap::collect::emergency(self.mem);
        }
        if bytes > self.room() {
            Err(heap::limit::failed(self.mem, bytes).into())
        } else {
            Ok(())
        }
    }

    /// Bytes of blocks that the guest may still take.
    fn room(&self) -> u64 {
        let most = self.mem.get(AT, root::MAX_BLOCKS);
        let used = self.mem.get(AT, root::USED_BLOCKS);
        u64::from(most.saturating_sub(used)) * u64::from(BLOCK)
    }

    /// Whether a string of `len` bytes can exist at all; asked before it is charged and built.
    ///
    /// # Errors
    /// Longer than any string, or than the memory limit.
    pub fn check_size(&mut self, len: u64) -> Result<(), Raise> {
        let most = u64::from(self.mem.get(AT, root::MAX_BLOCKS)) * u64::from(BLOCK);
        if len > string::MAX_LEN {
            Err(Raise::NoMemory)
        } else if len > most {
            Err(heap::limit::failed(self.mem, len).into())
        } else {
            Ok(())
        }
    }
}

impl Vm {
    /// Changes the limit of memory, in bytes: blocks beyond it are refused from now on. A guest that has more
    /// already keeps it, and gets none before it has less.
    pub fn set_memory_limit(&mut self, bytes: u64) {
        let limit = crate::vm::most_blocks(self.span(), bytes);
        self.enter(|mem| {
            // When the collector is due depends on the room there was, which is to be seen nowhere, and so does what the work under
            // way finds.
            if mem.get(AT, root::MAX_BLOCKS) != limit {
                crate::load::portions::complete(mem);
                mem.set(AT, root::MAX_BLOCKS, limit);
                heap::collect::set_threshold(mem);
            }
        });
    }

    /// The limit of memory, in bytes, of a machine that was begun with more because its past has taken more. Unlike
    /// [`Vm::set_memory_limit`] this is no change: when the collector is due is part of that past.
    pub fn begin_within(&mut self, bytes: u64) {
        let limit = crate::vm::most_blocks(self.span(), bytes);
        match &mut self.beginning {
            Some(beginning) => beginning.blocks = limit,
            None => self.enter(|mem| mem.set(AT, root::MAX_BLOCKS, limit)),
        }
    }
}
