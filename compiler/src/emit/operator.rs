//! Operators: conditions, folding, arithmetic, comparison.

use bvm_isa::Op;

use super::descriptor::{Desc, Kind};
use super::jump::JumpList;
use super::{Emit, Gen};
use crate::ast::{Binary, Unary};

impl Gen<'_> {
    /// Goes on when the value is true; jumps collect where it is false.
    pub(super) fn go_if_true(&mut self, desc: &mut Desc) -> Emit {
        self.fetch(desc)?;
        let jumps = match desc.kind {
            Kind::Constant(_) | Kind::Number(_) | Kind::True => JumpList::EMPTY,
            Kind::Jump(list) => {
                self.invert(list);
                list
            }
            _ => self.jump_on(desc, false)?,
        };
        desc.if_false = self.concat(desc.if_false, jumps)?;
        self.patch_here(desc.if_true)?;
        desc.if_true = JumpList::EMPTY;
        Ok(())
    }

    /// Goes on when the value is false; jumps collect where it is true.
    fn go_if_false(&mut self, desc: &mut Desc) -> Emit {
        self.fetch(desc)?;
        let jumps = match desc.kind {
            Kind::Nil | Kind::False => JumpList::EMPTY,
            Kind::Jump(list) => list,
            _ => self.jump_on(desc, true)?,
        };
        desc.if_true = self.concat(desc.if_true, jumps)?;
        self.patch_here(desc.if_false)?;
        desc.if_false = JumpList::EMPTY;
        Ok(())
    }

    /// The comparison of a jump tests for the opposite.
    fn invert(&mut self, list: JumpList) {
        let control = self.control_of(list.head());
        let word = self.f.word(control);
        self.f
            .set_word(control, word.with_a(u8::from(word.a() == 0)));
    }

    /// A jump when the value is `condition`; behind a `not` the value before it is tested.
    fn jump_on(&mut self, desc: &mut Desc, condition: bool) -> Emit<JumpList> {
        if let Kind::Movable(pc) = desc.kind {
            let word = self.f.word(pc);
            if word.op() == Some(Op::Not) {
                self.f.undo();
                return self.test_jump(Op::Test, word.b().into(), 0, u32::from(!condition));
            }
        }
        self.load_somewhere(desc)?;
        self.release_desc(desc);
        let register = match desc.kind {
            Kind::Register(register) => register,
            _ => self.f.free,
        };
        self.test_jump(Op::TestSet, 255, register, u32::from(condition))
    }

    fn not(&mut self, desc: &mut Desc) -> Emit {
        self.fetch(desc)?;
        match desc.kind {
            Kind::Nil | Kind::False => desc.kind = Kind::True,
            Kind::Constant(_) | Kind::Number(_) | Kind::True => desc.kind = Kind::False,
            Kind::Jump(list) => self.invert(list),
            _ => {
                self.load_somewhere(desc)?;
                self.release_desc(desc);
                if let Kind::Register(register) = desc.kind {
                    desc.kind = Kind::Movable(self.abc(Op::Not, 0, register, 0)?);
                }
            }
        }
        std::mem::swap(&mut desc.if_true, &mut desc.if_false);
        self.drop_values(desc.if_false)?;
        self.drop_values(desc.if_true)?;
        Ok(())
    }

    /// A unary operator whose operand is done.
    pub(super) fn unary(&mut self, op: Unary, desc: &mut Desc) -> Emit {
        match op {
            Unary::Not => return self.not(desc),
            Unary::Minus => {
                if let Some(value) = desc.numeral() {
                    if !value.is_nan() {
                        desc.kind = Kind::Number(-value);
                        return Ok(());
                    }
                } else {
                    self.finish_any(desc)?;
                }
            }
            Unary::Len => _ = self.finish_any(desc)?,
        }
        let operand = self.operand(desc)?;
        self.release_desc(desc);
        let op = match op {
            Unary::Len => Op::Len,
            Unary::Minus | Unary::Not => Op::Unm,
        };
        desc.kind = Kind::Movable(self.abc(op, 0, operand, 0)?);
        Ok(())
    }

    /// A binary operator was read behind its left operand.
    pub(super) fn left_operand(&mut self, op: Binary, left: &mut Desc) -> Emit {
        match op {
            Binary::And => self.go_if_true(left),
            Binary::Or => self.go_if_false(left),
            Binary::Concat => self.finish_next(left),
            _ if is_arithmetic(op) && left.numeral().is_some() => Ok(()),
            _ => self.operand(left).map(drop),
        }
    }

    /// Both operands are done; the result is in `left`.
    pub(super) fn binary(&mut self, op: Binary, left: &mut Desc, mut right: Desc) -> Emit {
        match op {
            Binary::And => {
                self.fetch(&mut right)?;
                right.if_false = self.concat(right.if_false, left.if_false)?;
                *left = right;
                Ok(())
            }
            Binary::Or => {
                self.fetch(&mut right)?;
                right.if_true = self.concat(right.if_true, left.if_true)?;
                *left = right;
                Ok(())
            }
            Binary::Concat => self.concatenation(left, right),
            Binary::Add => self.arithmetic(Op::Add, left, right),
            Binary::Sub => self.arithmetic(Op::Sub, left, right),
            Binary::Mul => self.arithmetic(Op::Mul, left, right),
            Binary::Div => self.arithmetic(Op::Div, left, right),
            Binary::Mod => self.arithmetic(Op::Mod, left, right),
            Binary::Pow => self.arithmetic(Op::Pow, left, right),
            Binary::Equal => self.comparison(Op::Eq, true, false, left, right),
            Binary::NotEqual => self.comparison(Op::Eq, false, false, left, right),
            Binary::Less => self.comparison(Op::Lt, true, false, left, right),
            Binary::LessEqual => self.comparison(Op::Le, true, false, left, right),
            Binary::Greater => self.comparison(Op::Lt, true, true, left, right),
            Binary::GreaterEqual => self.comparison(Op::Le, true, true, left, right),
        }
    }

    /// Joins a concatenation on the right into one instruction over more registers.
    fn concatenation(&mut self, left: &mut Desc, mut right: Desc) -> Emit {
        self.settle(&mut right)?;
        if let (Kind::Movable(pc), Kind::Register(first)) = (right.kind, left.kind) {
            let word = self.f.word(pc);
            if word.op() == Some(Op::Concat) {
                self.release_desc(left);
                self.f.set_word(pc, word.with_b(first as u16));
                left.kind = Kind::Movable(pc);
                return Ok(());
            }
        }
        self.finish_next(&mut right)?;
        self.arithmetic(Op::Concat, left, right)
    }

    fn arithmetic(&mut self, op: Op, left: &mut Desc, mut right: Desc) -> Emit {
        if let (Some(a), Some(b)) = (left.numeral(), right.numeral())
            && let Some(value) = fold(op, a, b)
        {
            left.kind = Kind::Number(value);
            return Ok(());
        }
        let second = self.operand(&mut right)?;
        let first = self.operand(left)?;
        // The higher register is freed first, as on a stack.
        if first > second {
            self.release_desc(left);
            self.release_desc(&right);
        } else {
            self.release_desc(&right);
            self.release_desc(left);
        }
        left.kind = Kind::Movable(self.abc(op, 0, first, second)?);
        Ok(())
    }

    fn comparison(
        &mut self,
        op: Op,
        holds: bool,
        swapped: bool,
        left: &mut Desc,
        mut right: Desc,
    ) -> Emit {
        let mut first = self.operand(left)?;
        let mut second = self.operand(&mut right)?;
        self.release_desc(&right);
        self.release_desc(left);
        if swapped {
            std::mem::swap(&mut first, &mut second);
        }
        left.kind = Kind::Jump(self.test_jump(op, u32::from(holds), first, second)?);
        Ok(())
    }
}

fn is_arithmetic(op: Binary) -> bool {
    matches!(
        op,
        Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Mod | Binary::Pow
    )
}

/// The result of arithmetic on numerals, when it can be a numeral.
fn fold(op: Op, a: f64, b: f64) -> Option<f64> {
    let value = match op {
        Op::Add => a + b,
        Op::Sub => a - b,
        Op::Mul => a * b,
        Op::Div if b != 0.0 => a / b,
        Op::Mod if b != 0.0 => a - (a / b).floor() * b,
        Op::Pow => a.powf(b),
        _ => return None,
    };
    (!value.is_nan()).then_some(value)
}
