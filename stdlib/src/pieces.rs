//! A long text under construction by a native that pauses: what is finished lies as strings in the last
//! slots of its window, the end in a host buffer. Must not know what the text is for.
//!
//! Pieces are joined when they have grown to the same order of size, so that there are never more than
//! 32 of them and no byte is copied more often than the logarithm of the whole.

use bvm_vm::data::string;
use bvm_vm::objects::Str;
use bvm_vm::{Cpu, Raise, Value};

/// Bytes that a host buffer may hold before it becomes a piece.
pub(crate) const FULL: usize = 1 << 18;
/// Bytes of the text for a unit.
const BYTES: usize = 32;

/// The text: pieces in slots `first` to the end of the window, then `tail`.
#[derive(Debug)]
pub struct Pieces {
    /// Slot of the first piece, which need not exist yet.
    pub first: u32,
    /// What is no piece yet.
    pub tail: Vec<u8>,
    /// Bytes in the pieces. They are paid for.
    pub written: usize,
}

impl Pieces {
    /// The text whose pieces lie from slot `first` on, with `written` bytes in them; borrows the
    /// scratch buffer.
    #[inline]
    pub fn new(cpu: &mut Cpu<'_, '_>, first: u32, written: usize) -> Pieces {
        Pieces {
            first,
            tail: cpu.take_scratch(),
            written,
        }
    }

    /// Pays for `more` bytes. What the text costs in all follows from its length: how many pieces
    /// there are depends on where fuel ended, and the cost must not.
    fn pay(&mut self, cpu: &mut Cpu<'_, '_>, more: usize) {
        let after = self.written + more;
        cpu.pay((after / BYTES - self.written / BYTES) as u64);
        self.written = after;
    }

    /// Whether the buffer should be made a piece.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.tail.len() >= FULL
    }

    /// Makes what the buffer holds a piece.
    ///
    /// # Errors
    /// No memory.
    pub fn flush(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        if self.tail.is_empty() {
            return Ok(());
        }
        self.pay(cpu, self.tail.len());
        let piece = cpu.new_str(&self.tail)?;
        self.tail.clear();
        self.add_piece(cpu, piece)
    }

    /// Adds the bytes of `s` from `from` up to `to`; a long stretch does not go through the buffer.
    ///
    /// # Errors
    /// No memory.
    #[inline]
    pub fn add(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        s: Str,
        from: usize,
        to: usize,
    ) -> Result<(), Raise> {
        if to.saturating_sub(from) > FULL {
            return self.add_long(cpu, s, from, to);
        }
        let bytes = string::bytes(cpu.mem, s).get(from..to).unwrap_or_default();
        self.tail.extend_from_slice(bytes);
        if self.is_full() {
            self.flush(cpu)
        } else {
            Ok(())
        }
    }

    #[cold]
    fn add_long(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        s: Str,
        from: usize,
        to: usize,
    ) -> Result<(), Raise> {
        self.flush(cpu)?;
        self.pay(cpu, to - from);
        let piece = crate::string::substring(cpu, s, from as u32, (to - from) as u32)?;
        self.add_piece(cpu, piece)
    }

    /// Adds a string as the last piece and joins what has become as long as its neighbour.
    fn add_piece(&mut self, cpu: &mut Cpu<'_, '_>, piece: Value) -> Result<(), Raise> {
        if !cpu.reserve(40)? {
            return Err(Raise::NoMemory);
        }
        cpu.push(piece);
        loop {
            let last = cpu.count();
            if last <= self.first {
                return Ok(());
            }
            let order = |i| string_at(cpu, i).map_or(0, |s| string::len(cpu.mem, s).max(1).ilog2());
            if order(last - 1) > order(last) {
                return Ok(());
            }
            let joined = join(cpu, last - 1, &[])?;
            cpu.set_arg(last - 1, joined);
            cpu.set_count(last - 1);
        }
    }

    /// Gives the whole text, and the scratch buffer back.
    ///
    /// # Errors
    /// No memory.
    #[inline]
    pub fn finish(mut self, cpu: &mut Cpu<'_, '_>) -> Result<Value, Raise> {
        self.pay(cpu, self.tail.len());
        let whole = if cpu.count() < self.first {
            cpu.new_str(&self.tail)?
        } else {
            join(cpu, self.first, &self.tail)?
        };
        cpu.give_scratch(self.tail);
        Ok(whole)
    }

    /// Gives the buffer for [`Pieces::take_up`] to have at the next step, after a pause. The pieces stay.
    pub fn put_off(self) -> Vec<u8> {
        self.tail
    }

    /// Goes on with the buffer that was put off.
    pub fn take_up(&mut self, cpu: &mut Cpu<'_, '_>, tail: Vec<u8>) {
        let spare = std::mem::replace(&mut self.tail, tail);
        cpu.give_scratch(spare);
    }

    /// Gives the scratch buffer back; the pieces stay. Only when it is empty.
    pub fn release(self, cpu: &mut Cpu<'_, '_>) {
        cpu.give_scratch(self.tail);
    }
}

fn string_at(cpu: &Cpu<'_, '_>, i: u32) -> Option<Str> {
    Str::of(cpu.arg(i))
}

/// The string of the pieces from slot `first` on, and `tail`.
fn join(cpu: &mut Cpu<'_, '_>, first: u32, tail: &[u8]) -> Result<Value, Raise> {
    // Never more than 32 pieces; a damaged image may hold anything.
    let pieces: Vec<Str> = (first..=cpu.count())
        .filter_map(|i| string_at(cpu, i))
        .collect();
    let len = |s: &Str| u64::from(string::len(cpu.mem, *s));
    let total = pieces.iter().map(len).sum::<u64>() + tail.len() as u64;
    cpu.check_size(total)?;
    let whole = string::build(cpu.mem, total, |mem, at| {
        let mut at = at;
        for s in pieces {
            let len = string::len(mem, s);
            mem.copy(s.0 + Str::SIZE, at, len);
            at += len;
        }
        mem.bytes_mut(at, tail.len() as u32).copy_from_slice(tail);
    })?;
    Ok(whole.into())
}
