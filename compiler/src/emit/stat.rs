//! Blocks and the statements that are not loops or assignments.

use bvm_isa::{Op, Word};

use super::descriptor::{Desc, Kind};
use super::jump::JumpList;
use super::{Emit, Fault, Gen};
use crate::ast::{Block, Clause, Expr, Function, If, NamedFunction, Stat, StatKind};
use crate::pool::Sym;

impl Gen<'_> {
    /// Statements of a block whose scope is the caller's business.
    pub(super) fn block_body(&mut self, block: &Block<'_>) -> Emit {
        self.open_labels(block.labels, false)?;
        self.statements(block)
    }

    /// The same for the body of a `repeat`, whose condition sees its variables.
    pub(super) fn repeat_body(&mut self, block: &Block<'_>) -> Emit {
        self.open_labels(block.labels, true)?;
        self.statements(block)
    }

    fn statements(&mut self, block: &Block<'_>) -> Emit {
        self.enter_level()?;
        for stat in block.stats {
            self.keep_pace()?;
            self.stat(stat)?;
            if stat.semicolon {
                self.consume();
            }
            self.f.free = self.f.active;
        }
        self.leave_level();
        self.close_labels(block.labels)
    }

    /// A block with a scope of its own.
    pub(super) fn block(&mut self, block: &Block<'_>) -> Emit {
        self.enter_block(false);
        self.block_body(block)?;
        self.leave_block()
    }

    fn stat(&mut self, stat: &Stat<'_>) -> Emit {
        match &stat.kind {
            StatKind::Assign(assign) => self.assign(assign),
            StatKind::Break => {
                self.consume();
                self.break_stat()
            }
            StatKind::Call(call) => self.call_stat(call),
            StatKind::Do(body) => {
                self.consume();
                self.block(body)?;
                self.consume();
                Ok(())
            }
            StatKind::ForIn(parts) => self.for_in(parts),
            StatKind::ForNumber(parts) => self.for_number(parts),
            StatKind::Function(function) => self.named_function(function),
            StatKind::Goto(name) => self.goto_stat(*name),
            StatKind::If(parts) => self.if_stat(parts),
            StatKind::Label(label) => self.label_stat(*label),
            StatKind::Local(local) => self.local(local),
            StatKind::LocalFunction(name, function) => self.local_function(*name, function),
            StatKind::Repeat(parts) => self.repeat_stat(parts),
            StatKind::Return(values) => self.return_stat(values),
            StatKind::While(parts) => self.while_stat(parts),
        }
    }

    /// A condition; the jumps are those taken when it is false.
    pub(super) fn condition(&mut self, expr: &Expr<'_>) -> Emit<JumpList> {
        let mut desc = self.expr(expr)?;
        if matches!(desc.kind, Kind::Nil) {
            desc.kind = Kind::False;
        }
        self.go_if_true(&mut desc)?;
        Ok(desc.if_false)
    }

    /// Jumps out of the innermost loop.
    pub(super) fn break_stat(&mut self) -> Emit {
        let blocks = &self.f.blocks;
        let Some(place) = blocks.iter().rposition(|block| block.is_loop) else {
            return Err(Fault::Near("no loop to break").into());
        };
        let captured = blocks.iter().skip(place + 1).any(|block| block.captured);
        if captured || self.leaves_labels(place + 1) {
            let active = blocks.get(place).map_or(0, |block| block.active);
            self.abc(Op::Close, active, 0, 0)?;
        }
        let jump = self.jump()?;
        if let Some(breaks) = self.f.blocks.get(place).map(|block| block.breaks) {
            let breaks = self.concat(breaks, jump)?;
            if let Some(block) = self.f.blocks.get_mut(place) {
                block.breaks = breaks;
            }
        }
        Ok(())
    }

    fn call_stat(&mut self, call: &Expr<'_>) -> Emit {
        let desc = self.prefix(call)?;
        if let Kind::Call(pc) = desc.kind {
            self.f.set_word(pc, self.f.word(pc).with_c(1));
        }
        Ok(())
    }

    fn clause(&mut self, clause: &Clause<'_>) -> Emit<JumpList> {
        self.consume();
        let if_false = self.condition(&clause.condition)?;
        self.consume();
        self.block(clause.body)?;
        Ok(if_false)
    }

    fn if_stat(&mut self, parts: &If<'_>) -> Emit {
        let mut escapes = JumpList::EMPTY;
        let mut if_false = JumpList::EMPTY;
        for (number, clause) in parts.clauses.iter().enumerate() {
            if number > 0 {
                let jump = self.jump()?;
                escapes = self.concat(escapes, jump)?;
                self.patch_here(if_false)?;
            }
            if_false = self.clause(clause)?;
        }
        if let Some(block) = parts.otherwise {
            let jump = self.jump()?;
            escapes = self.concat(escapes, jump)?;
            self.patch_here(if_false)?;
            self.consume();
            self.block(block)?;
        } else {
            escapes = self.concat(escapes, if_false)?;
        }
        self.patch_here(escapes)?;
        self.consume();
        Ok(())
    }

    fn local_function(&mut self, name: Sym, function: &Function<'_>) -> Emit {
        self.consume();
        self.consume();
        self.consume();
        self.declare(name)?;
        let register = self.reserve(1)?;
        self.activate(1);
        let mut value = self.function(function, self.line(), false)?;
        self.store(Kind::Local(register), &mut value)?;
        self.restart_last_local();
        Ok(())
    }

    fn named_function(&mut self, named: &NamedFunction<'_>) -> Emit {
        let line = self.line();
        self.consume();
        let target = self.function_name(named)?;
        let mut value = self.function(named.function, line, named.method.is_some())?;
        self.store(target, &mut value)?;
        self.f.fix_line(line);
        Ok(())
    }

    /// `a.b:c`, where the function will be stored.
    fn function_name(&mut self, named: &NamedFunction<'_>) -> Emit<Kind> {
        let mut target = Desc::VOID;
        for (number, &name) in named.path.iter().chain(&named.method).enumerate() {
            if number == 0 {
                self.consume();
                target = self.variable(name)?;
            } else {
                self.finish_any(&mut target)?;
                self.consume();
                let mut key = self.name_constant(name)?;
                self.index(&mut target, &mut key)?;
            }
        }
        Ok(target.kind)
    }

    fn return_stat(&mut self, values: &[Expr<'_>]) -> Emit {
        self.consume();
        let mut last = self.list(values)?;
        if last.is_open() {
            self.set_results(&last, None)?;
            if let (Kind::Call(pc), [_]) = (last.kind, values) {
                let word = self.f.word(pc);
                let tail = Word::abc(Op::TailCall, word.a(), word.b(), word.c());
                self.f.set_word(pc, tail);
            }
            return self.return_values(self.f.active, None);
        }
        let first = match values {
            [] => 0,
            [_] => self.finish_any(&mut last)?,
            _ => {
                self.finish_next(&mut last)?;
                self.f.active
            }
        };
        self.return_values(first, Some(values.len() as u32))
    }
}
