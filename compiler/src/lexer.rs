//! The token stream: what logos finds, with names interned and the line of every token kept.
//! A token is known to later stages by its place in the stream; its line is `lines[place]`.
//!
//! Where the dialect has them, `goto` and labels are found here, by looking ahead. Nothing else
//! becomes of a source than in 5.1 unless it has `goto name` or `::name::` where 5.1 has an error.

use std::ops::Range;

use bumpalo::Bump;
use bvm_isa::Dialect;
use bvm_isa::pace::Stage;
use logos::Logos;

use crate::literal::{Contents, LexError, Scan};
use crate::pool::{Pool, Sym};
use crate::token::{RESERVED, Token};

/// Any name or reserved word, before it is interned.
const A_NAME: Token = Token::Name(Sym(0));

/// Tokens that there is room for in any case: small sources have more of them in a byte.
const FEW_TOKENS: usize = 64;

/// Bytes of a source in which there is room for all tokens from the beginning, so that their lines are never moved.
const LONG: usize = 16 << 10;

/// Reads tokens one by one, the end of the source included (as `None`).
pub struct Lexer<'a> {
    raw: logos::Lexer<'a, Token>,
    /// The last token, `None` at the start.
    last: Option<Token>,
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
    /// A stream over a whole source. The steps of its stage are bytes.
    pub fn new(
        source: &'a [u8],
        arena: &'a Bump,
        dialect: Dialect,
        stage: &'a Stage<'a>,
    ) -> Lexer<'a> {
        Lexer {
            raw: Token::lexer_with_extras(source, Scan::new(dialect, stage)),
            last: None,
            pool: Pool::new(arena, source.len()),
            lines: Vec::with_capacity(match source.len() {
                // So that none are moved: the end of the source has a line, too.
                long @ LONG.. => long + 1,
                short => (short / 8).max(FEW_TOKENS),
            }),
        }
    }

    /// The next token, `None` at the end.
    #[inline]
    pub fn advance(&mut self) -> Result<Option<Token>, LexError> {
        self.raw.extras.reach(self.raw.span().end)?;
        let token = match self.raw.next() {
            None => None,
            Some(Ok(Token::Name(_))) => Some(self.name()?),
            Some(Ok(Token::Colon)) => Some(self.colon()?),
            Some(Ok(Token::Str(_))) => Some(self.string()?),
            Some(Ok(token)) => Some(token),
            Some(Err(fault)) => return Err(fault),
        };
        self.lines.push(self.raw.extras.line());
        self.last = token;
        Ok(token)
    }

    /// A name, a reserved word, or the word `goto`.
    fn name(&mut self) -> Result<Token, LexError> {
        let (scan, text) = (&self.raw.extras, self.raw.slice());
        let reach = scan.second_half(self.raw.span().end, text.len());
        let sym = self.pool.intern(text, reach)?;
        Ok(match RESERVED.get(sym.0 as usize) {
            Some(&word) => word,
            None if sym == Sym::GOTO && self.is_goto() => Token::Goto,
            None => Token::Name(sym),
        })
    }

    /// Whether a `goto` is more than a name. In 5.1 no statement begins with two names in a row.
    fn is_goto(&mut self) -> bool {
        let at_statement = self.last.is_none_or(Token::may_precede_statement);
        if !at_statement || !self.raw.extras.additions {
            return false;
        }
        let mut ahead = self.look_ahead();
        name_in(&mut ahead).is_some_and(|name| name != b"goto")
    }

    /// A colon, or a whole label. In 5.1 no colon follows another.
    fn colon(&mut self) -> Result<Token, LexError> {
        if self.raw.extras.additions && self.raw.remainder().first() == Some(&b':') {
            return self.label().unwrap_or(Ok(Token::Colon));
        }
        Ok(Token::Colon)
    }

    /// The label that begins with the present colon.
    fn label(&mut self) -> Option<Result<Token, LexError>> {
        let mut ahead = self.look_ahead();
        ahead.bump(1);
        let name = name_in(&mut ahead)?;
        if ahead.next() != Some(Ok(Token::Colon)) || ahead.remainder().first() != Some(&b':') {
            return None;
        }
        ahead.bump(1);
        self.raw.bump(ahead.span().end - self.raw.span().end);
        self.raw.extras = ahead.extras;
        let reach = self.raw.extras.second_half(self.raw.span().end, name.len());
        Some(self.pool.intern(name, reach).map(Token::Label))
    }

    /// A scanner that can go on from here without the tokens being taken.
    fn look_ahead(&mut self) -> logos::Lexer<'a, Token> {
        // The last string is interned already; copying it again and again could take long.
        self.raw.extras.decoded = Vec::new();
        self.raw.clone()
    }

    fn string(&mut self) -> Result<Token, LexError> {
        let (scan, end) = (&self.raw.extras, self.raw.span().end);
        let sym = match &scan.contents {
            Contents::Decoded => {
                let text = scan.decoded.as_slice();
                self.pool
                    .intern_copy(text, scan.second_half(end, text.len()))
            }
            Contents::Source(range) => {
                let text = self.raw.source().get(range.clone());
                let text = text.unwrap_or_default();
                self.pool.intern(text, scan.second_half(end, text.len()))
            }
        };
        sym.map(Token::Str)
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

/// The next token, if it is a name.
fn name_in<'a>(ahead: &mut logos::Lexer<'a, Token>) -> Option<&'a [u8]> {
    let is_word = ahead.next() == Some(Ok(A_NAME));
    let text = ahead.slice();
    let mut reserved = RESERVED.iter().filter_map(|word| word.fixed_text());
    (is_word && reserved.all(|word| word.as_bytes() != text)).then_some(text)
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
