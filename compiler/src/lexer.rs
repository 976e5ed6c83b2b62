//! The token stream: what logos finds, with names interned and the line of every token kept.
//! A token is known to later stages by its place in the stream; its line is `lines[place]`.
//!
//! Where the dialect has them, `goto` and labels are found here, by looking ahead. Nothing else
//! becomes of a source than in 5.1 unless it has `goto name` or `::name::` where 5.1 has an error.

use std::ops::Range;

use bumpalo::Bump;
use bvm_isa::Dialect;
use logos::Logos;

use crate::literal::{Contents, LexFault, Scan};
use crate::pool::{Pool, Sym};
use crate::token::Token;

/// The word that is a name, unless it begins a statement of its own.
const GOTO: &[u8] = b"goto";
/// Any name, before it is interned.
const A_NAME: Token = Token::Name(Sym(0));

/// Reads tokens one by one, the end of the source included (as `None`).
pub struct Lexer<'a> {
    raw: logos::Lexer<'a, Token>,
    /// A statement may begin with the next token.
    at_statement: bool,
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
    pub fn new(source: &'a [u8], arena: &'a Bump, dialect: Dialect) -> Lexer<'a> {
        Lexer {
            raw: Token::lexer_with_extras(source, Scan::new(dialect)),
            at_statement: true,
            pool: Pool::new(arena),
            lines: Vec::with_capacity(source.len() / 8),
        }
    }

    /// The next token, `None` at the end.
    pub fn advance(&mut self) -> Result<Option<Token>, LexFault> {
        let token = match self.raw.next() {
            None => None,
            Some(Ok(Token::Name(_))) => Some(self.name()),
            Some(Ok(Token::Colon)) => Some(self.colon()),
            Some(Ok(Token::Str(_))) => Some(self.string()),
            Some(Ok(token)) => Some(token),
            Some(Err(fault)) => return Err(fault),
        };
        self.lines.push(self.raw.extras.line());
        self.at_statement = token.is_some_and(Token::may_precede_statement);
        Ok(token)
    }

    /// A name, or the word `goto`. In 5.1 no statement begins with two names in a row.
    fn name(&mut self) -> Token {
        let text = self.raw.slice();
        if text == GOTO && self.at_statement && self.raw.extras.additions {
            let mut ahead = self.look_ahead();
            if ahead.next() == Some(Ok(A_NAME)) && ahead.slice() != GOTO {
                return Token::Goto;
            }
        }
        Token::Name(self.pool.intern(text))
    }

    /// A colon, or a whole label. In 5.1 no colon follows another.
    fn colon(&mut self) -> Token {
        if self.raw.extras.additions && self.raw.remainder().first() == Some(&b':') {
            return self.label().unwrap_or(Token::Colon);
        }
        Token::Colon
    }

    /// The label that begins with the present colon.
    fn label(&mut self) -> Option<Token> {
        let mut ahead = self.look_ahead();
        ahead.bump(1);
        if ahead.next() != Some(Ok(A_NAME)) {
            return None;
        }
        let name = ahead.slice();
        if ahead.next() != Some(Ok(Token::Colon)) || ahead.remainder().first() != Some(&b':') {
            return None;
        }
        ahead.bump(1);
        self.raw.bump(ahead.span().end - self.raw.span().end);
        self.raw.extras = ahead.extras;
        Some(Token::Label(self.pool.intern(name)))
    }

    /// A scanner that can go on from here without the tokens being taken.
    fn look_ahead(&mut self) -> logos::Lexer<'a, Token> {
        // The last string is interned already; copying it again and again could take long.
        self.raw.extras.decoded = Vec::new();
        self.raw.clone()
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
