//! Loops.

use bvm_isa::{Op, Word};

use super::{Emit, Gen};
use crate::ast::{Block, Clause, Expr, ForIn, ForNumber};
use crate::pool::Sym;

/// What the end of a `for` loop needs to know.
struct ForLoop {
    base: u32,
    line: u32,
    /// Variables that the program declares; `None` for the numeric loop, which has one.
    names: Option<u32>,
}

impl Gen<'_> {
    pub(super) fn while_stat(&mut self, parts: &Clause<'_>) -> Emit {
        self.consume();
        let start = self.label();
        let exit = self.condition(&parts.condition)?;
        self.enter_block(true);
        self.consume();
        self.block(parts.body)?;
        let back = self.jump()?;
        self.patch(back, start)?;
        self.consume();
        self.leave_block()?;
        self.patch_here(exit)
    }

    /// The condition still sees the body's variables; when those are captured, both ways out of
    /// the body have to close them.
    pub(super) fn repeat_stat(&mut self, parts: &Clause<'_>) -> Emit {
        let start = self.label();
        self.enter_block(true);
        self.enter_block(false);
        self.consume();
        self.repeat_body(parts.body)?;
        self.consume();
        let again = self.condition(&parts.condition)?;
        let captured = self.f.blocks.last().is_some_and(|block| block.captured);
        if captured {
            self.break_stat()?;
            self.patch_here(again)?;
            self.leave_block()?;
            let back = self.jump()?;
            self.patch(back, start)?;
        } else {
            self.leave_block()?;
            self.patch(again, start)?;
        }
        self.leave_block()
    }

    fn push_expr(&mut self, expr: &Expr<'_>) -> Emit {
        let mut desc = self.expr(expr)?;
        self.finish_next(&mut desc)
    }

    pub(super) fn for_number(&mut self, parts: &ForNumber<'_>) -> Emit {
        let line = self.line();
        self.enter_block(true);
        self.consume();
        self.consume();
        let base = self.f.free;
        for name in [Sym::FOR_INDEX, Sym::FOR_LIMIT, Sym::FOR_STEP, parts.name] {
            self.declare(name)?;
        }
        self.consume();
        self.push_expr(&parts.start)?;
        self.consume();
        self.push_expr(&parts.limit)?;
        if let Some(step) = &parts.step {
            self.consume();
            self.push_expr(step)?;
        } else {
            let one = self.number(1.0)?;
            self.abx(Op::LoadK, self.f.free, one)?;
            self.reserve(1)?;
        }
        let names = None;
        self.for_body(ForLoop { base, line, names }, parts.body)
    }

    pub(super) fn for_in(&mut self, parts: &ForIn<'_>) -> Emit {
        self.enter_block(true);
        self.consume();
        self.consume();
        let base = self.f.free;
        for name in [Sym::FOR_GENERATOR, Sym::FOR_STATE, Sym::FOR_CONTROL] {
            self.declare(name)?;
        }
        for (number, &name) in parts.names.iter().enumerate() {
            if number > 0 {
                self.consume();
                self.consume();
            }
            self.declare(name)?;
        }
        self.consume();
        let line = self.line();
        let last = self.list(parts.values)?;
        self.adjust(3, parts.values.len() as u32, last)?;
        self.check_stack(3)?;
        let names = Some(parts.names.len() as u32);
        self.for_body(ForLoop { base, line, names }, parts.body)
    }

    /// From `do` to `end`.
    fn for_body(&mut self, parts: ForLoop, body: &Block<'_>) -> Emit {
        let ForLoop { base, line, names } = parts;
        self.activate(3);
        self.consume();
        let prepare = match names {
            None => {
                let pc = self.code(Word::asbx(Op::ForPrep, base as u8, -1))?;
                super::jump::JumpList::one(pc)
            }
            Some(_) => self.jump()?,
        };
        let start = prepare.head() + 1;
        self.enter_block(false);
        let count = names.unwrap_or(1);
        self.activate(count);
        self.reserve(count)?;
        self.block(body)?;
        self.leave_block()?;
        self.patch_here(prepare)?;
        let back = match names {
            None => {
                let pc = self.code(Word::asbx(Op::ForLoop, base as u8, -1))?;
                self.f.fix_line(line);
                super::jump::JumpList::one(pc)
            }
            Some(names) => {
                self.abc(Op::TForLoop, base, 0, names)?;
                self.f.fix_line(line);
                self.jump()?
            }
        };
        self.patch(back, start)?;
        self.consume();
        self.leave_block()
    }
}
