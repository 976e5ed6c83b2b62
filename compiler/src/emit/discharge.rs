//! Descriptors become registers, operands and stores.

use bvm_isa::Op;

use super::consts::Key;
use super::descriptor::{Desc, Kind};
use super::jump::JumpList;
use super::{Emit, Gen};
use crate::limits;

/// The operand that names a constant.
fn constant_operand(index: u32) -> u32 {
    index | u32::from(bvm_isa::word::RK_CONST)
}

impl Gen<'_> {
    /// A call or `...` gives `count` values, `None` for all; others are left alone.
    pub(super) fn set_results(&mut self, desc: &Desc, count: Option<u32>) -> Emit {
        let field = count.map_or(0, |count| count + 1) as u16;
        match desc.kind {
            Kind::Call(pc) => self.f.set_word(pc, self.f.word(pc).with_c(field)),
            Kind::Vararg(pc) => {
                let word = self.f.word(pc).with_b(field).with_a(self.f.free as u8);
                self.f.set_word(pc, word);
                self.reserve(1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// A call or `...` gives one value.
    pub(super) fn set_one_result(&mut self, desc: &mut Desc) {
        match desc.kind {
            Kind::Call(pc) => desc.kind = Kind::Register(u32::from(self.f.word(pc).a())),
            Kind::Vararg(pc) => {
                self.f.set_word(pc, self.f.word(pc).with_b(2));
                desc.kind = Kind::Movable(pc);
            }
            _ => {}
        }
    }

    /// Fetches variables: afterwards the value is a constant, a jump or in some register.
    #[inline]
    pub(super) fn fetch(&mut self, desc: &mut Desc) -> Emit {
        match desc.kind {
            Kind::Local(register) => {
                desc.kind = Kind::Register(register);
                Ok(())
            }
            // Most values have been fetched before.
            Kind::Register(_) | Kind::Movable(_) | Kind::Constant(_) => Ok(()),
            _ => self.fetch_with_code(desc),
        }
    }

    fn fetch_with_code(&mut self, desc: &mut Desc) -> Emit {
        desc.kind = match desc.kind {
            Kind::Upvalue(index) => Kind::Movable(self.abc(Op::GetUpval, 0, index, 0)?),
            Kind::Global(name) => Kind::Movable(self.abx(Op::GetGlobal, 0, name)?),
            Kind::Indexed { table, key } => {
                self.release(key);
                self.release(table);
                Kind::Movable(self.abc(Op::GetTable, 0, table, key)?)
            }
            Kind::Call(_) | Kind::Vararg(_) => {
                self.set_one_result(desc);
                desc.kind
            }
            other => other,
        };
        Ok(())
    }

    /// Puts the value into `register`, unless it is a comparison, which only jumps.
    fn load_into(&mut self, desc: &mut Desc, register: u32) -> Emit {
        self.fetch(desc)?;
        match desc.kind {
            Kind::Nil => self.load_nil(register, 1)?,
            Kind::False => _ = self.abc(Op::LoadBool, register, 0, 0)?,
            Kind::True => _ = self.abc(Op::LoadBool, register, 1, 0)?,
            Kind::Constant(index) => _ = self.abx(Op::LoadK, register, index)?,
            Kind::Number(value) => {
                let index = self.number(value)?;
                self.abx(Op::LoadK, register, index)?;
            }
            Kind::Movable(pc) => {
                let word = self.f.word(pc).with_a(register as u8);
                self.f.set_word(pc, word);
            }
            Kind::Register(from) if from != register => {
                self.abc(Op::Move, register, from, 0)?;
            }
            Kind::Register(_) => {}
            _ => return Ok(()),
        }
        desc.kind = Kind::Register(register);
        Ok(())
    }

    /// Puts the value into a new register if it is in none.
    pub(super) fn load_somewhere(&mut self, desc: &mut Desc) -> Emit {
        if !matches!(desc.kind, Kind::Register(_)) {
            let register = self.reserve(1)?;
            self.load_into(desc, register)?;
        }
        Ok(())
    }

    fn load_bool_label(&mut self, register: u32, value: u32, skip: u32) -> Emit<u32> {
        self.label();
        self.abc(Op::LoadBool, register, value, skip)
    }

    /// Puts the final value into `register`, the values that jumps bring included.
    pub(super) fn finish_in(&mut self, desc: &mut Desc, register: u32) -> Emit {
        self.load_into(desc, register)?;
        if let Kind::Jump(list) = desc.kind {
            desc.if_true = self.concat(desc.if_true, list)?;
        }
        if desc.has_jumps() {
            let (mut load_false, mut load_true) = (0, 0);
            if self.needs_value(desc.if_true)? || self.needs_value(desc.if_false)? {
                let skip = match desc.kind {
                    Kind::Jump(_) => JumpList::EMPTY,
                    _ => self.jump()?,
                };
                load_false = self.load_bool_label(register, 0, 1)?;
                load_true = self.load_bool_label(register, 1, 0)?;
                self.patch_here(skip)?;
            }
            let end = self.label();
            self.patch_values(desc.if_false, end, Some(register), load_false)?;
            self.patch_values(desc.if_true, end, Some(register), load_true)?;
        }
        *desc = Desc::new(Kind::Register(register));
        Ok(())
    }

    /// Puts the final value into the next free register.
    pub(super) fn finish_next(&mut self, desc: &mut Desc) -> Emit {
        self.fetch(desc)?;
        self.release_desc(desc);
        let register = self.reserve(1)?;
        self.finish_in(desc, register)
    }

    /// Puts the final value into any register and gives it.
    pub(super) fn finish_any(&mut self, desc: &mut Desc) -> Emit<u32> {
        self.fetch(desc)?;
        if let Kind::Register(register) = desc.kind {
            if !desc.has_jumps() {
                return Ok(register);
            }
            if register >= self.f.active {
                self.finish_in(desc, register)?;
                return Ok(register);
            }
        }
        self.finish_next(desc)?;
        match desc.kind {
            Kind::Register(register) => Ok(register),
            _ => Ok(self.f.free),
        }
    }

    /// The final value, in a register or still a constant.
    pub(super) fn settle(&mut self, desc: &mut Desc) -> Emit {
        if desc.has_jumps() {
            self.finish_any(desc)?;
            Ok(())
        } else {
            self.fetch(desc)
        }
    }

    /// The final value as an operand: a register or a constant with a small index.
    pub(super) fn operand(&mut self, desc: &mut Desc) -> Emit<u32> {
        self.settle(desc)?;
        let key = match desc.kind {
            Kind::Nil => Some(Key::Nil),
            Kind::True => Some(Key::Bool(true)),
            Kind::False => Some(Key::Bool(false)),
            Kind::Number(value) => Some(Key::Number(value.to_bits())),
            _ => None,
        };
        if let Some(key) = key
            && self.f.proto.consts.len() as u32 <= limits::RK_CONSTANT
        {
            desc.kind = Kind::Constant(self.constant(key)?);
        }
        match desc.kind {
            Kind::Constant(index) if index <= limits::RK_CONSTANT => Ok(constant_operand(index)),
            _ => self.finish_any(desc),
        }
    }

    /// Stores a value in a variable.
    pub(super) fn store(&mut self, variable: Kind, value: &mut Desc) -> Emit {
        match variable {
            Kind::Local(register) => {
                self.release_desc(value);
                return self.finish_in(value, register);
            }
            Kind::Upvalue(index) => {
                let from = self.finish_any(value)?;
                self.abc(Op::SetUpval, from, index, 0)?;
            }
            Kind::Global(name) => {
                let from = self.finish_any(value)?;
                self.abx(Op::SetGlobal, from, name)?;
            }
            Kind::Indexed { table, key } => {
                let from = self.operand(value)?;
                self.abc(Op::SetTable, table, key, from)?;
            }
            _ => {}
        }
        self.release_desc(value);
        Ok(())
    }

    /// The element of the table in `table`'s register under a key.
    pub(super) fn index(&mut self, table: &mut Desc, key: &mut Desc) -> Emit {
        let key = self.operand(key)?;
        if let Kind::Register(register) = table.kind {
            table.kind = Kind::Indexed {
                table: register,
                key,
            };
        }
        Ok(())
    }
}
