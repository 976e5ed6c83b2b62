//! Expressions, in source order. Recursion follows real nesting only and counts levels.

use bvm_isa::Op;
use bvm_isa::proto::{VARARG_HASARG, VARARG_ISVARARG, VARARG_NEEDSARG};

use super::descriptor::{Desc, Kind};
use super::func::Capture;
use super::{Emit, Fault, Gen};
use crate::ast::{Binary, Expr, Function, Item, UNARY_PRIORITY};
use crate::limits;
use crate::pool::Sym;

impl Gen<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, expr: &Expr<'_>) -> Emit<Desc> {
        if let Expr::Operation(operation) = expr {
            let mut items = operation.0;
            return Ok(self.operation(&mut items, 0)?.0);
        }
        self.enter_level()?;
        let desc = self.simple(expr)?;
        self.leave_level();
        Ok(desc)
    }

    /// Operands and operators that hold tighter than `limit`, and the operator that ended it.
    fn operation(&mut self, items: &mut &[Item<'_>], limit: u8) -> Emit<(Desc, Option<Binary>)> {
        self.enter_level()?;
        let mut left = match next(items) {
            Some(Item::Unary(op)) => {
                self.consume();
                let (mut operand, ended_by) = self.operation(items, UNARY_PRIORITY)?;
                self.unary(op, &mut operand)?;
                (operand, ended_by)
            }
            Some(Item::Operand(expr)) => (self.simple(&expr)?, next_binary(items)),
            Some(Item::Binary(_)) | None => return Err(Fault::Near("unexpected symbol").into()),
        };
        while let (value, Some(op)) = &mut left
            && op.left() > limit
        {
            let op = *op;
            self.consume();
            self.left_operand(op, value)?;
            let (right, ended_by) = self.operation(items, op.right())?;
            self.binary(op, value, right)?;
            left.1 = ended_by;
        }
        self.leave_level();
        Ok(left)
    }

    fn simple(&mut self, expr: &Expr<'_>) -> Emit<Desc> {
        let kind = match *expr {
            Expr::Nil => Kind::Nil,
            Expr::True => Kind::True,
            Expr::False => Kind::False,
            Expr::Number(value) => Kind::Number(value),
            Expr::Str(sym) => Kind::Constant(self.string(sym)?),
            Expr::Vararg => self.vararg()?,
            Expr::Table(table) => return self.table(table),
            Expr::Function(function) => {
                self.consume();
                let line = self.line();
                return self.function(function, line, false);
            }
            _ => return self.prefix(expr),
        };
        self.consume();
        Ok(Desc::new(kind))
    }

    fn vararg(&mut self) -> Emit<Kind> {
        let flags = &mut self.f.proto.vararg;
        if *flags == 0 {
            return Err(Fault::Near("cannot use '...' outside a vararg function").into());
        }
        *flags &= !VARARG_NEEDSARG;
        Ok(Kind::Vararg(self.abc(Op::Vararg, 0, 1, 0)?))
    }

    /// A name in the source, as the constant that it is in `.name` and `:name`.
    pub(super) fn name_constant(&mut self, name: Sym) -> Emit<Desc> {
        self.consume();
        Ok(Desc::new(Kind::Constant(self.string(name)?)))
    }

    /// A list of expressions; all but the last are in registers. Gives the last one.
    pub(super) fn list(&mut self, exprs: &[Expr<'_>]) -> Emit<Desc> {
        let mut last = Desc::VOID;
        for (number, expr) in exprs.iter().enumerate() {
            if number > 0 {
                self.consume();
                self.finish_next(&mut last)?;
            }
            last = self.expr(expr)?;
        }
        Ok(last)
    }

    /// Parameters and body of a function, then the closure. The `function` word is consumed.
    pub(super) fn function(
        &mut self,
        function: &Function<'_>,
        line: u32,
        is_method: bool,
    ) -> Emit<Desc> {
        self.begin_function(line);
        self.consume();
        self.params(function, is_method)?;
        self.block_body(function.body)?;
        self.end_function()
    }

    /// From the `end` of a function to its closure in the function around it.
    fn end_function(&mut self) -> Emit<Desc> {
        self.f.proto.last_line_defined = self.line();
        self.consume();
        let (proto, upvalues) = self.finish_function()?;
        let index = self.f.proto.protos.len();
        if index >= limits::CONSTANTS {
            return Err(Fault::Bare("constant table overflow").into());
        }
        self.add_function(proto);
        let closure = self.abx(Op::Closure, 0, index as u32)?;
        for upvalue in &upvalues {
            match upvalue.capture {
                Capture::Register(register) => self.abc(Op::Move, 0, register, 0)?,
                Capture::Upvalue(index) => self.abc(Op::GetUpval, 0, index, 0)?,
            };
        }
        Ok(Desc::new(Kind::Movable(closure)))
    }

    fn params(&mut self, function: &Function<'_>, is_method: bool) -> Emit {
        if is_method {
            self.declare(Sym::SELF)?;
            self.activate(1);
        }
        let mut count = 0;
        for &name in function.params {
            if count > 0 {
                self.consume();
            }
            self.consume();
            self.declare(name)?;
            count += 1;
        }
        if function.vararg {
            if count > 0 {
                self.consume();
            }
            self.consume();
            self.declare(Sym::ARG)?;
            count += 1;
            self.f.proto.vararg = VARARG_HASARG | VARARG_ISVARARG | VARARG_NEEDSARG;
        }
        self.activate(count);
        let fixed = self.f.active.saturating_sub(u32::from(function.vararg));
        self.f.proto.param_count = fixed as u8;
        self.reserve(self.f.active)?;
        self.consume();
        Ok(())
    }
}

/// Takes the first item off.
fn next<'a>(items: &mut &[Item<'a>]) -> Option<Item<'a>> {
    let (first, rest) = items.split_first()?;
    *items = rest;
    Some(*first)
}

/// Takes a binary operator off, if one is first.
fn next_binary(items: &mut &[Item<'_>]) -> Option<Binary> {
    match next(items)? {
        Item::Binary(op) => Some(op),
        Item::Operand(_) | Item::Unary(_) => None,
    }
}
