//! Statements, in the order in which `lua5.1` asks for their tokens.

use super::{Find, Finder, Function, Shape};
use crate::limits;
use crate::token::Token;

impl Finder<'_> {
    /// Does the current token end a block?
    fn at_block_end(&self) -> bool {
        matches!(
            self.reader.token(),
            None | Some(Token::Else | Token::ElseIf | Token::End | Token::Until)
        )
    }

    pub(super) fn chunk(&mut self) -> Find {
        self.enter_level()?;
        let mut is_last = false;
        self.mark();
        while !is_last && !self.at_block_end() {
            is_last = self.statement()?;
            self.accept(Token::Semicolon)?;
            self.mark();
        }
        self.leave_level();
        Ok(())
    }

    /// A chunk with a scope of its own.
    fn block(&mut self) -> Find {
        let locals = self.function.locals;
        self.chunk()?;
        self.function.locals = locals;
        Ok(())
    }

    /// One statement; true when it has to be the last.
    fn statement(&mut self) -> Find<bool> {
        let line = self.reader.line();
        match self.reader.token() {
            Some(Token::If) => self.if_stat(line)?,
            Some(Token::While) => self.while_stat(line)?,
            Some(Token::Do) => {
                self.reader.next()?;
                self.within("end", Self::block)?;
                self.close(Token::End, Token::Do, line)?;
            }
            Some(Token::For) => self.for_stat(line)?,
            Some(Token::Repeat) => self.repeat_stat(line)?,
            Some(Token::Function) => self.function_stat(line)?,
            Some(Token::Local) => self.local_stat()?,
            Some(Token::Return) => {
                self.return_stat()?;
                return Ok(true);
            }
            Some(Token::Break) => {
                self.reader.next()?;
                if self.function.loops == 0 {
                    return Err(self.reader.near("no loop to break"));
                }
                return Ok(true);
            }
            Some(Token::Goto) => {
                self.reader.next()?;
                self.name()?;
            }
            Some(Token::Label(_)) => self.reader.next()?,
            _ => self.expression_stat()?,
        }
        Ok(false)
    }

    fn if_stat(&mut self, line: u32) -> Find {
        self.guarded_block()?;
        while self.is(Token::ElseIf) {
            self.guarded_block()?;
        }
        if self.accept(Token::Else)? {
            self.within("end", Self::block)?;
        }
        self.close(Token::End, Token::If, line)
    }

    fn guarded_block(&mut self) -> Find {
        self.reader.next()?;
        self.within("then end", Self::expression)?;
        self.expect(Token::Then)?;
        self.within("end", Self::block)
    }

    fn while_stat(&mut self, line: u32) -> Find {
        self.reader.next()?;
        self.within("do end", Self::expression)?;
        self.function.loops += 1;
        self.expect(Token::Do)?;
        self.within("end", Self::block)?;
        self.function.loops -= 1;
        self.close(Token::End, Token::While, line)
    }

    fn repeat_stat(&mut self, line: u32) -> Find {
        let locals = self.function.locals;
        self.function.loops += 1;
        self.reader.next()?;
        self.within("until nil", Self::chunk)?;
        self.close(Token::Until, Token::Repeat, line)?;
        self.expression()?;
        self.function.loops -= 1;
        self.function.locals = locals;
        Ok(())
    }

    fn for_stat(&mut self, line: u32) -> Find {
        let locals = self.function.locals;
        self.function.loops += 1;
        self.reader.next()?;
        self.name()?;
        match self.reader.token() {
            Some(Token::Assign) => self.numeric_for()?,
            Some(Token::Comma | Token::In) => self.generic_for()?,
            _ => return Err(self.reader.near("'=' or 'in' expected")),
        }
        self.expect(Token::Do)?;
        self.within("end", Self::block)?;
        self.close(Token::End, Token::For, line)?;
        self.function.loops -= 1;
        self.function.locals = locals;
        Ok(())
    }

    fn numeric_for(&mut self) -> Find {
        self.declare(4)?;
        self.reader.next()?;
        self.within(",1 do end", Self::expression)?;
        self.expect(Token::Comma)?;
        self.within("do end", Self::expression)?;
        if self.accept(Token::Comma)? {
            self.within("do end", Self::expression)?;
        }
        Ok(())
    }

    fn generic_for(&mut self) -> Find {
        self.declare(4)?;
        while self.accept(Token::Comma)? {
            self.name()?;
            self.declare(1)?;
        }
        self.expect(Token::In)?;
        self.within("do end", Self::expression_list)
    }

    fn function_stat(&mut self, line: u32) -> Find {
        self.reader.next()?;
        self.name()?;
        while self.accept(Token::Dot)? {
            self.name()?;
        }
        let is_method = self.accept(Token::Colon)?;
        if is_method {
            self.name()?;
        }
        self.body(is_method, line)
    }

    fn local_stat(&mut self) -> Find {
        self.reader.next()?;
        if self.accept(Token::Function)? {
            self.name()?;
            self.declare(1)?;
            return self.body(false, self.reader.line());
        }
        loop {
            self.name()?;
            self.declare(1)?;
            if !self.accept(Token::Comma)? {
                break;
            }
        }
        if self.accept(Token::Assign)? {
            self.expression_list()?;
        }
        Ok(())
    }

    fn return_stat(&mut self) -> Find {
        self.reader.next()?;
        if self.at_block_end() || self.is(Token::Semicolon) {
            return Ok(());
        }
        self.expression_list()
    }

    /// A call or an assignment.
    fn expression_stat(&mut self) -> Find {
        let mut shape = self.prefix_expression()?;
        if shape == Shape::Call {
            return Ok(());
        }
        let mut count = 0;
        loop {
            if shape != Shape::Variable {
                return Err(self.reader.near("syntax error"));
            }
            count += 1;
            if !self.accept(Token::Comma)? {
                break;
            }
            shape = self.prefix_expression()?;
            let limit = limits::LEVELS.saturating_sub(self.level);
            if count > limit {
                return Err(self.limit(limit, "variables in assignment"));
            }
        }
        self.expect(Token::Assign)?;
        self.expression_list()
    }

    /// Parameters and body of a function.
    pub(super) fn body(&mut self, is_method: bool, line: u32) -> Find {
        let around = std::mem::replace(&mut self.function, Function::new(line, false));
        self.expect(Token::LeftParen)?;
        if is_method {
            self.declare(1)?;
        }
        if !self.is(Token::RightParen) {
            self.parameters()?;
        }
        self.expect(Token::RightParen)?;
        self.within("end", Self::chunk)?;
        self.close(Token::End, Token::Function, line)?;
        self.mark();
        self.function = around;
        Ok(())
    }

    fn parameters(&mut self) -> Find {
        loop {
            match self.reader.token() {
                Some(Token::Name(_)) => self.reader.next()?,
                Some(Token::Dots) => {
                    self.reader.next()?;
                    self.function.vararg = true;
                }
                _ => return Err(self.reader.near("<name> or '...' expected")),
            }
            self.declare(1)?;
            if self.function.vararg || !self.accept(Token::Comma)? {
                return Ok(());
            }
        }
    }
}
