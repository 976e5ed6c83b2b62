//! Prefix expressions: names, parentheses and what hangs behind them.

use bvm_isa::Op;

use super::descriptor::{Desc, Kind};
use super::{Emit, Fault, Gen};
use crate::ast::{Args, Expr, Suffix};

impl Gen<'_> {
    /// A name or parenthesis with its suffixes.
    pub(super) fn prefix(&mut self, expr: &Expr<'_>) -> Emit<Desc> {
        let Expr::Suffixed(chain) = expr else {
            return self.head(expr);
        };
        let mut desc = self.head(&chain.head)?;
        for suffix in chain.suffixes {
            self.keep_pace()?;
            self.suffix(&mut desc, suffix)?;
        }
        Ok(desc)
    }

    fn head(&mut self, expr: &Expr<'_>) -> Emit<Desc> {
        match expr {
            Expr::Name(name) => {
                self.consume();
                self.variable(*name)
            }
            Expr::Paren(inner) => {
                self.consume();
                let mut desc = self.expr(inner)?;
                self.consume();
                self.fetch(&mut desc)?;
                Ok(desc)
            }
            _ => Err(Fault::Near("unexpected symbol").into()),
        }
    }

    fn suffix(&mut self, desc: &mut Desc, suffix: &Suffix<'_>) -> Emit {
        match suffix {
            Suffix::Field(name) => {
                self.finish_any(desc)?;
                self.consume();
                let mut key = self.name_constant(*name)?;
                self.index(desc, &mut key)
            }
            Suffix::Index(key) => {
                self.finish_any(desc)?;
                let mut key = self.bracketed(key)?;
                self.index(desc, &mut key)
            }
            Suffix::Call(args) => {
                self.finish_next(desc)?;
                self.call(desc, args)
            }
            Suffix::Method(name, args) => {
                self.consume();
                let mut key = self.name_constant(*name)?;
                self.method(desc, &mut key)?;
                self.call(desc, args)
            }
        }
    }

    /// `[key]`
    pub(super) fn bracketed(&mut self, key: &Expr<'_>) -> Emit<Desc> {
        self.consume();
        let mut key = self.expr(key)?;
        self.settle(&mut key)?;
        self.consume();
        Ok(key)
    }

    /// Puts method and object into two new registers.
    fn method(&mut self, object: &mut Desc, name: &mut Desc) -> Emit {
        let register = self.finish_any(object)?;
        self.release_desc(object);
        let base = self.reserve(2)?;
        let key = self.operand(name)?;
        self.abc(Op::SelfOp, base, register, key)?;
        self.release_desc(name);
        object.kind = Kind::Register(base);
        Ok(())
    }

    /// A call of what is in the topmost registers.
    fn call(&mut self, callee: &mut Desc, args: &Args<'_>) -> Emit {
        let line = self.line();
        let mut last = match args {
            Args::List(exprs) => {
                if line != self.last_line {
                    const AMBIGUOUS: &str = "ambiguous syntax (function call x new statement)";
                    return Err(Fault::Near(AMBIGUOUS).into());
                }
                self.consume();
                let last = self.list(exprs)?;
                self.set_results(&last, None)?;
                self.consume();
                last
            }
            Args::Str(text) => self.name_constant(*text)?,
            Args::Table(table) => self.table(table)?,
        };
        let base = match callee.kind {
            Kind::Register(register) => register,
            _ => self.f.free,
        };
        let field = if last.is_open() {
            0
        } else {
            if !matches!(last.kind, Kind::Void) {
                self.finish_next(&mut last)?;
            }
            self.f.free.saturating_sub(base)
        };
        let call = self.abc(Op::Call, base, field, 2)?;
        self.f.fix_line(line);
        *callee = Desc::new(Kind::Call(call));
        self.f.free = base + 1;
        Ok(())
    }
}
