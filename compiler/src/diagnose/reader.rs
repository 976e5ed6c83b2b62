//! Tokens with their text, one ahead when asked, and how an error is put into words.

use std::ops::Range;

use bumpalo::Bump;
use bvm_isa::Dialect;
use bvm_isa::pace::Stage;

use super::Find;
use crate::error::CompileError;
use crate::lexer::Lexer;
use crate::literal::{MOST_SHOWN, shown};
use crate::token::Token;

/// An error before the chunk's name is put before it.
#[derive(Debug)]
pub struct Trouble {
    words: Vec<u8>,
    positioned: bool,
    pub line: u32,
    span: Range<usize>,
    incomplete: bool,
}

impl Trouble {
    pub fn into_error(self, chunk_name: &[u8]) -> CompileError {
        let mut message = Vec::new();
        if self.positioned {
            message.extend(bvm_isa::source::chunk_id_within(
                chunk_name,
                bvm_isa::source::SYNTAX_ID_SIZE,
            ));
            message.extend(format!(":{}: ", self.line).as_bytes());
        }
        message.extend(&self.words);
        CompileError {
            message,
            line: self.line,
            span: self.span,
            incomplete: self.incomplete,
            is_raised: !self.positioned,
        }
    }
}

/// A token and where it is.
#[derive(Clone, Default)]
struct Spot {
    token: Option<Token>,
    span: Range<usize>,
}

/// The token stream as `lua5.1` sees it.
pub struct Reader<'a> {
    source: &'a [u8],
    lexer: Lexer<'a>,
    current: Spot,
    ahead: Option<Spot>,
    last_line: u32,
    last_end: usize,
    passed: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the first token.
    pub fn new(
        source: &'a [u8],
        arena: &'a Bump,
        dialect: Dialect,
        stage: &'a Stage<'a>,
    ) -> Find<Reader<'a>> {
        let mut reader = Reader {
            source,
            lexer: Lexer::new(source, arena, dialect, stage),
            current: Spot::default(),
            ahead: None,
            last_line: 1,
            last_end: 0,
            passed: 0,
        };
        reader.current = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> Find<Spot> {
        match self.lexer.advance() {
            Ok(token) => Ok(Spot {
                token,
                span: self.lexer.span(),
            }),
            Err(fault) => {
                let mut trouble = self.at(fault.what);
                trouble.span = self.lexer.span();
                trouble.incomplete = fault.near.is_none();
                add_near(&mut trouble.words, &fault.near.unwrap_or(b"<eof>".to_vec()));
                Err(trouble)
            }
        }
    }

    /// The current token, `None` at the end.
    pub fn token(&self) -> Option<Token> {
        self.current.token
    }

    /// Steps over the current token.
    pub fn next(&mut self) -> Find {
        self.last_line = self.line();
        self.last_end = self.current.span.end;
        self.passed += 1;
        self.current = match self.ahead.take() {
            Some(spot) => spot,
            None => self.read()?,
        };
        Ok(())
    }

    /// The token behind the current one.
    pub fn peek(&mut self) -> Find<Option<Token>> {
        if self.ahead.is_none() {
            self.ahead = Some(self.read()?);
        }
        Ok(self.ahead.as_ref().and_then(|spot| spot.token))
    }

    /// The line that has been read.
    pub fn line(&self) -> u32 {
        self.lexer.line()
    }

    /// Where the token stepped over last ends, and how many have been stepped over.
    pub fn last_end(&self) -> (usize, usize) {
        (self.last_end, self.passed)
    }

    /// The line of the token stepped over last.
    pub fn last_line(&self) -> u32 {
        self.last_line
    }

    /// An error without position.
    pub fn bare(&self, words: &str) -> Box<Trouble> {
        Box::new(Trouble {
            words: words.as_bytes().to_vec(),
            positioned: false,
            line: self.line(),
            span: self.current.span.clone(),
            incomplete: false,
        })
    }

    /// An error at the line reached.
    pub fn at(&self, words: &str) -> Box<Trouble> {
        let mut trouble = self.bare(words);
        trouble.positioned = true;
        trouble
    }

    /// An error that names the current token.
    pub fn near(&self, words: &str) -> Box<Trouble> {
        let mut trouble = self.at(words);
        trouble.incomplete = self.current.token.is_none();
        if let Some(text) = self.current_text() {
            add_near(&mut trouble.words, &text);
        }
        trouble
    }

    /// How messages show the current token; a NUL byte is not shown at all.
    fn current_text(&self) -> Option<Vec<u8>> {
        let Some(token) = self.current.token else {
            return Some(b"<eof>".to_vec());
        };
        let raw = self.source.get(self.current.span.clone());
        let raw = raw.unwrap_or_default();
        Some(match token {
            Token::Stray(0) => return None,
            Token::Stray(byte) if byte.is_ascii_control() => format!("char({byte})").into_bytes(),
            Token::Stray(byte) => vec![byte],
            Token::Str(sym) => {
                let quotes = opening_len(raw);
                let (open, _) = raw.split_at(quotes);
                let (_, close) = raw.split_at(raw.len().saturating_sub(quotes));
                match self.lexer.pool.text(sym) {
                    text if text.len() > MOST_SHOWN => [open, shown(text)].concat(),
                    text => [open, text, close].concat(),
                }
            }
            other => match other.fixed_text() {
                Some(text) => text.as_bytes().to_vec(),
                None => shown(raw).to_vec(),
            },
        })
    }
}

/// Length of the quote or long bracket that opens a string.
fn opening_len(raw: &[u8]) -> usize {
    match raw.first() {
        Some(b'[') => {
            2 + {
                let rest = raw.iter().skip(1).take(MOST_SHOWN);
                rest.take_while(|&&b| b == b'=').count()
            }
        }
        _ => 1,
    }
    .min(raw.len())
}

/// ` near 'text'`; like a C string, the text ends at a NUL byte. Of a long one only the beginning is shown.
fn add_near(words: &mut Vec<u8>, text: &[u8]) {
    let end = text.iter().position(|&b| b == 0).unwrap_or(text.len());
    words.extend(b" near '");
    words.extend(text.get(..end.min(MOST_SHOWN)).unwrap_or_default());
    if end > MOST_SHOWN {
        words.extend(b"...");
    }
    words.push(b'\'');
}
