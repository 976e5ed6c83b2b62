//! What a full memory means for a guest whose host wants to know of it: the guest stops and can go on once it may
//! have more. Must not allocate.
//!
//! An allocation that finds no room gets some blocks beyond the limit, and the engine's fuel is sunk: so the guest
//! stops where fuel is looked at, with all its state, as it does when fuel ends. An instruction that asks for
//! more than these blocks is as if it had not begun, and so is a leaf. What other natives ask for beyond them ends
//! the call.

use super::cpu::Cpu;
use crate::data::{growth, unfinished};
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap::{self, stage};
use crate::host::Mem;
use crate::native::Calling;
use crate::objects::NativeClosure;
use crate::objects::root::{self, AT};
use crate::value::{TAG_STRING, Type};
use crate::vm::Vm;
use bvm_isa::{Op, Word};

/// Eighths of a unit that fuel is sunk by: more than any slice has.
const DEPTH: i64 = 1 << 60;

/// What the engine may use of `left` eighths of a unit: nothing while memory is full, or the guest is to stand.
#[inline]
pub(super) fn sunk(mem: &Mem<'_>, left: i64) -> i64 {
    match mem.get(AT, root::MEMORY_LENT) != 0 || stage::waits(mem) {
        false => left,
        true => left - DEPTH,
    }
}

impl Cpu<'_, '_> {
    /// After a collection: when memory is still full, or the guest is to stand for the collector, it stops soon. Nothing
    /// depends on where `ip` is.
    pub(super) fn sink_if_asked(&mut self) {
        if !stage::waits(self.mem) && !heap::alloc::is_full(self.mem) {
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

    /// Executes the instruction at `ip`. If memory does not suffice for it, and it can begin again, the guest
    /// stops before it.
    pub(super) fn instruction(&mut self) -> Result<Option<Exit>, Raise> {
        let (fuel, ip, fp) = (self.fuel, self.ip, self.fp());
        self.mem.set(AT, root::MEMORY_WANTED, 0);
        match self.step() {
            Ok(()) => Ok(None),
            Err(Raise::NoMemory) if self.ip == ip && self.fp() == fp && self.can_begin_again() => {
                self.fuel = fuel;
                self.mem.host().walked.set(0);
                self.sink_if_asked();
                self.note_growth();
                Ok(Some(Exit::MemoryFull))
            }
            Err(Raise::NoMemory) => {
                growth::forget(self.mem);
                unfinished::forget(self.mem);
                Err(Raise::NoMemory)
            }
            Err(raise) => Err(raise),
        }
    }

    /// Runs the native of the running activation at its step, and does what it answers. If memory does not suffice
    /// for the first step of a leaf, which changes nothing before it returns, the guest stops before it.
    pub(super) fn native_in_memory(&mut self) -> Result<Option<Exit>, Raise> {
        if self.mem.get(AT, root::MEMORY_WANTED) != 0 && heap::alloc::is_full(self.mem) {
            // It has been called as a leaf already.
            return Ok(Some(Exit::MemoryFull));
        }
        let size = self.top().wrapping_sub(self.base);
        match self.call_native() {
            Err(Raise::NoMemory) => self.native_lacks_memory(size),
            answer => self.obey(self.fp(), answer?),
        }
    }

    /// Memory has not sufficed for a step of the running native, whose window had `size` bytes.
    #[cold]
    pub(super) fn native_lacks_memory(&mut self, size: u32) -> Result<Option<Exit>, Raise> {
        if self.is_leafs_activation() && heap::alloc::wait(self.mem) {
            // The stack may have moved.
            self.set_top_at(self.base.wrapping_add(size));
            self.remember_paid();
            self.sink_if_asked();
            self.note_growth();
            return Ok(Some(Exit::MemoryFull));
        }
        growth::forget(self.mem);
        Err(Raise::NoMemory)
    }

    /// Whether the running activation is in the first step of a native that is called as a leaf.
    fn is_leafs_activation(&self) -> bool {
        let id = self.mem.get(self.native_closure().0, NativeClosure::NATIVE);
        let native = self.mem.host().natives.get(id as usize);
        self.step_number() == 0 && native.is_some_and(|native| native.calling == Calling::Leaf)
    }

    /// Whether the instruction at `ip`, which has failed for want of memory, has changed nothing that it reads, and
    /// the host is to know.
    #[cold]
    fn can_begin_again(&mut self) -> bool {
        let word = self.word();
        let can = match word.op() {
            Some(Op::NewTable | Op::SetTable | Op::SetGlobal | Op::SetList | Op::Closure) => true,
            Some(Op::Concat) => self.joins_texts(word),
            // Arguments of something else have been moved.
            Some(Op::Call) => self.reg(word.a()).type_of() == Type::Function,
            _ => false,
        };
        can && heap::alloc::wait(self.mem)
    }

    /// Whether a concatenation calls nobody: then it is done in one piece.
    fn joins_texts(&self, w: Word) -> bool {
        (w.b()..=w.c()).all(|i| {
            let v = self.reg(i as u8);
            v.is_number() || v.tag() == TAG_STRING
        })
    }
}

impl Vm {
    /// Changes the limit of memory, in bytes: blocks beyond it are refused from now on. A guest that has more
    /// already keeps it, and gets none before it has less.
    pub fn set_memory_limit(&mut self, bytes: u64) {
        let limit = crate::vm::most_blocks(self.span(), bytes);
        self.enter(|mem| {
            mem.set(AT, root::MAX_BLOCKS, limit);
            heap::collect::set_threshold(mem);
        });
    }
}
