//! Expressions, in the order in which `lua5.1` asks for their tokens.

use super::{Find, Finder, Shape};
use crate::ast::{Binary, UNARY_PRIORITY};
use crate::token::Token;

/// The binary operator that a token is.
fn binary(token: Option<Token>) -> Option<Binary> {
    Some(match token? {
        Token::And => Binary::And,
        Token::Or => Binary::Or,
        Token::Equal => Binary::Equal,
        Token::NotEqual => Binary::NotEqual,
        Token::Less => Binary::Less,
        Token::LessEqual => Binary::LessEqual,
        Token::Greater => Binary::Greater,
        Token::GreaterEqual => Binary::GreaterEqual,
        Token::Concat => Binary::Concat,
        Token::Plus => Binary::Add,
        Token::Minus => Binary::Sub,
        Token::Star => Binary::Mul,
        Token::Slash => Binary::Div,
        Token::Percent => Binary::Mod,
        Token::Caret => Binary::Pow,
        _ => return None,
    })
}

impl Finder<'_> {
    pub(super) fn expression(&mut self) -> Find {
        self.operation(0)
    }

    pub(super) fn expression_list(&mut self) -> Find {
        self.expression()?;
        while self.accept(Token::Comma)? {
            self.expression()?;
        }
        Ok(())
    }

    /// Operands and operators that hold tighter than `limit`.
    fn operation(&mut self, limit: u8) -> Find {
        self.enter_level()?;
        match self.reader.token() {
            Some(Token::Minus | Token::Not | Token::Hash) => {
                self.reader.next()?;
                self.operation(UNARY_PRIORITY)?;
            }
            _ => self.simple_expression()?,
        }
        while let Some(op) = binary(self.reader.token())
            && op.left() > limit
        {
            self.reader.next()?;
            self.operation(op.right())?;
        }
        self.leave_level();
        Ok(())
    }

    fn simple_expression(&mut self) -> Find {
        match self.reader.token() {
            Some(Token::Number(_) | Token::Str(_) | Token::Nil | Token::True | Token::False) => {
                self.reader.next()
            }
            Some(Token::Dots) => {
                if !self.function.vararg {
                    let words = "cannot use '...' outside a vararg function";
                    return Err(self.reader.near(words));
                }
                self.reader.next()
            }
            Some(Token::LeftBrace) => self.constructor(),
            Some(Token::Function) => {
                self.reader.next()?;
                self.body(false, self.reader.line())
            }
            _ => self.prefix_expression().map(drop),
        }
    }

    /// A name or parenthesis with its suffixes.
    pub(super) fn prefix_expression(&mut self) -> Find<Shape> {
        let mut shape = self.prefix_head()?;
        loop {
            shape = match self.reader.token() {
                Some(Token::Dot) => {
                    self.reader.next()?;
                    self.name()?;
                    Shape::Variable
                }
                Some(Token::LeftBracket) => {
                    self.bracketed()?;
                    Shape::Variable
                }
                Some(Token::Colon) => {
                    self.reader.next()?;
                    self.name()?;
                    self.arguments()?;
                    Shape::Call
                }
                Some(Token::LeftParen | Token::LeftBrace | Token::Str(_)) => {
                    self.arguments()?;
                    Shape::Call
                }
                _ => return Ok(shape),
            };
        }
    }

    fn prefix_head(&mut self) -> Find<Shape> {
        match self.reader.token() {
            // Between the fields of a table the lexer cannot know that no statement begins.
            Some(Token::Name(_) | Token::Goto) => {
                self.reader.next()?;
                Ok(Shape::Variable)
            }
            Some(Token::LeftParen) => {
                let line = self.reader.line();
                self.reader.next()?;
                self.within(")", Self::expression)?;
                self.close(Token::RightParen, Token::LeftParen, line)?;
                Ok(Shape::Other)
            }
            _ => Err(self.reader.near("unexpected symbol")),
        }
    }

    /// `[key]`
    fn bracketed(&mut self) -> Find {
        self.reader.next()?;
        self.within("]", Self::expression)?;
        self.expect(Token::RightBracket)
    }

    fn arguments(&mut self) -> Find {
        let line = self.reader.line();
        match self.reader.token() {
            Some(Token::LeftParen) => {
                if line != self.reader.last_line() {
                    let words = "ambiguous syntax (function call x new statement)";
                    return Err(self.reader.near(words));
                }
                self.reader.next()?;
                if !self.is(Token::RightParen) {
                    self.within(")", Self::expression_list)?;
                }
                self.close(Token::RightParen, Token::LeftParen, line)
            }
            Some(Token::LeftBrace) => self.constructor(),
            Some(Token::Str(_)) => self.reader.next(),
            _ => Err(self.reader.near("function arguments expected")),
        }
    }

    fn constructor(&mut self) -> Find {
        let line = self.reader.line();
        self.expect(Token::LeftBrace)?;
        while !self.is(Token::RightBrace) {
            self.within("}", Self::field)?;
            if !self.accept(Token::Comma)? && !self.accept(Token::Semicolon)? {
                break;
            }
        }
        self.close(Token::RightBrace, Token::LeftBrace, line)
    }

    fn field(&mut self) -> Find {
        match self.reader.token() {
            Some(Token::Name(_)) if self.reader.peek()? == Some(Token::Assign) => {
                self.reader.next()?;
            }
            Some(Token::LeftBracket) => self.within("=nil", Self::bracketed)?,
            _ => return self.expression(),
        }
        self.expect(Token::Assign)?;
        self.expression()
    }
}
