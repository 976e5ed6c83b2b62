//! The register stack of the current function.

use bvm_isa::Op;

use super::descriptor::{Desc, Kind};
use super::{Emit, Fault, Gen};
use crate::limits;

/// Operands from here on are constants.
const FIRST_CONSTANT: u32 = bvm_isa::word::RK_CONST as u32;

impl Gen<'_> {
    /// Makes sure that `count` more registers exist.
    pub(super) fn check_stack(&mut self, count: u32) -> Emit {
        let needed = self.f.free.saturating_add(count);
        if needed > u32::from(self.f.proto.max_stack) {
            if needed >= limits::REGISTERS {
                return Err(Fault::Near("function or expression too complex").into());
            }
            self.f.proto.max_stack = needed as u8;
        }
        Ok(())
    }

    /// Takes `count` registers and gives the first.
    pub(super) fn reserve(&mut self, count: u32) -> Emit<u32> {
        self.check_stack(count)?;
        let first = self.f.free;
        self.f.free += count;
        Ok(first)
    }

    /// Gives back the topmost register if the operand is a temporary one.
    pub(super) fn release(&mut self, operand: u32) {
        if operand < FIRST_CONSTANT && operand >= self.f.active {
            self.f.free = self.f.free.saturating_sub(1);
        }
    }

    /// Gives back the register of a value that is used up.
    pub(super) fn release_desc(&mut self, desc: &Desc) {
        if let Kind::Register(register) = desc.kind {
            self.release(register);
        }
    }

    /// `LOADNIL` of `count` registers, merged with one before it, left out where all are nil.
    pub(super) fn load_nil(&mut self, from: u32, count: u32) -> Emit {
        let pc = self.f.pc();
        if self.f.last_target.is_none_or(|target| pc > target) {
            match pc.checked_sub(1) {
                None if from >= self.f.active => return Ok(()),
                None => {}
                Some(before) => {
                    let word = self.f.word(before);
                    let (first, last) = (u32::from(word.a()), u32::from(word.b()));
                    let touches = first <= from && from <= last + 1;
                    if word.op() == Some(Op::LoadNil) && touches {
                        let end = last.max(from + count - 1);
                        self.f.set_word(before, word.with_b(end as u16));
                        return Ok(());
                    }
                }
            }
        }
        self.abc(Op::LoadNil, from, from + count - 1, 0)?;
        Ok(())
    }
}
