//! The token stream: what logos finds, with names interned and the line of every token kept.
//! A token is known to later stages by its place in the stream; its line is `lines[place]`.

use std::ops::Range;

use bumpalo::Bump;
use logos::Logos;

use crate::literal::{Contents, LexFault};
use crate::pool::Pool;
use crate::token::Token;

/// Reads tokens one by one, the end of the source included (as `None`).
pub struct Lexer<'a> {
    raw: logos::Lexer<'a, Token>,
    /// Names and strings met so far.
    pub pool: Pool<'a>,
    /// The line on which each token ends, the end of the source included.
    pub lines: Vec<u32>,
}

/// Told to the parser when a token cannot be read, or a statement cannot be one:
/// the words are found by [`crate::diagnose`].
#[derive(Debug, Clone, Copy)]
pub struct Stop;

impl<'a> Lexer<'a> {
    /// A stream over a whole source.
    pub fn new(source: &'a [u8], arena: &'a Bump) -> Lexer<'a> {
        Lexer {
            raw: Token::lexer(source),
            pool: Pool::new(arena),
            lines: Vec::with_capacity(source.len() / 8),
        }
    }

    /// The next token, `None` at the end.
    pub fn advance(&mut self) -> Result<Option<Token>, LexFault> {
        let token = match self.raw.next() {
            None => None,
            Some(Ok(Token::Name(_))) => Some(Token::Name(self.pool.intern(self.raw.slice()))),
            Some(Ok(Token::Str(_))) => Some(self.string()),
            Some(Ok(token)) => Some(token),
            Some(Err(fault)) => return Err(fault),
        };
        self.lines.push(self.raw.extras.line());
        Ok(token)
    }

    fn string(&mut self) -> Token {
        let scan = &self.raw.extras;
        Token::Str(match &scan.contents {
            Contents::Decoded => self.pool.intern_copy(&scan.decoded),
            Contents::Source(range) => {
                let text = self.raw.source().get(range.clone());
                self.pool.intern(text.unwrap_or_default())
            }
        })
    }

    /// The line that has been reached.
    pub fn line(&self) -> u32 {
        self.raw.extras.line()
    }

    /// Where the last token stands in the source.
    pub fn span(&self) -> Range<usize> {
        self.raw.span()
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<((), Token, ()), Stop>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.advance() {
            Ok(token) => token.map(|token| Ok(((), token, ()))),
            Err(_) => Some(Err(Stop)),
        }
    }
}
