//! Finds the first error of a source that the grammar refused, in the words of `lua5.1`.
//!
//! An LR parser knows that a token does not fit, not what a recursive descent would have asked
//! for. This recogniser asks in that order. It builds nothing and runs only on bad sources. Its
//! recursion is bounded by Lua's own limit of 200 levels.

mod expressions;
mod reader;
mod statements;

use bumpalo::Bump;
use bvm_isa::pace::Pace;

use crate::emit::{Failure, Fault};
use crate::error::CompileError;
use crate::limits;
use crate::pool::PIECE;
use crate::token::Token;
use crate::{Compiled, Mode};
use reader::Reader;
pub use reader::Trouble;

/// Result of a step.
type Find<T = ()> = Result<T, Box<Trouble>>;

/// What a prefix expression is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Can be assigned to.
    Variable,
    Call,
    Other,
}

/// The function being read.
struct Function {
    line_defined: u32,
    vararg: bool,
    /// Local variables declared in blocks that are open.
    locals: u32,
    /// Loops that are open.
    loops: u32,
}

impl Function {
    fn new(line_defined: u32, vararg: bool) -> Function {
        Function {
            line_defined,
            vararg,
            locals: 0,
            loops: 0,
        }
    }
}

/// The recogniser.
struct Finder<'a> {
    reader: Reader<'a>,
    function: Function,
    level: u32,
    /// What closes everything that is open.
    open: Vec<&'static str>,
    /// The last place where the source could be cut.
    cut: Cut,
}

/// A place in a bad source up to which it is good, once what is open is closed.
#[derive(Clone, Default)]
pub struct Cut {
    end: usize,
    /// How many tokens come before it.
    pub tokens: usize,
    open: Vec<&'static str>,
}

impl Cut {
    /// The source up to here, with everything closed.
    pub fn closed(&self, source: &[u8], pace: &Pace<'_>) -> Vec<u8> {
        let kept = source.get(..self.end).unwrap_or_default();
        let stage = pace.stage(COPYING, kept.len() / PIECE);
        let mut text = Vec::with_capacity(kept.len());
        for (number, piece) in kept.chunks(PIECE).enumerate() {
            // Who is to stop will soon be told so again.
            let _ = stage.reach(number);
            text.extend_from_slice(piece);
        }
        for closer in self.open.iter().rev() {
            text.push(b' ');
            text.extend_from_slice(closer.as_bytes());
        }
        text
    }
}

/// What finding the error takes of the work that is left when parsing has failed, in percent. The rest is parsing and
/// generating what comes before it.
const RECOGNISING: u32 = 30;
/// What copying the source up to there takes of the work that is left then.
const COPYING: u32 = 2;

/// Finds the error in a source that is no chunk, and a cut before it. They are told as [`crate::compile_at`] does.
pub fn syntax_error(
    source: &[u8],
    chunk_name: &[u8],
    mode: Mode,
    pace: &Pace<'_>,
    tell: &mut dyn FnMut(CompileError, &Cut),
) {
    let arena = Bump::new();
    let stage = pace.stage(RECOGNISING, source.len());
    match Reader::new(source, &arena, mode.dialect, &stage) {
        Err(trouble) => tell(trouble.into_error(chunk_name), &Cut::default()),
        Ok(reader) => {
            let mut finder = Finder {
                reader,
                function: Function::new(0, true),
                level: mode.levels,
                open: Vec::new(),
                cut: Cut::default(),
            };
            let trouble = match finder.main() {
                Err(trouble) => trouble,
                // The grammar and the recogniser disagree, which tests rule out.
                Ok(()) => finder.reader.near("refused token"),
            };
            tell(trouble.into_error(chunk_name), &finder.cut);
        }
    }
}

/// Tells the error that the generator met.
pub fn generator_error(
    source: &[u8],
    chunk_name: &[u8],
    mode: Mode,
    failure: Failure,
    pace: &Pace<'_>,
    tell: &mut dyn FnMut(Result<Compiled, CompileError>),
) {
    let (fault, reached, line) = failure;
    let arena = Bump::new();
    let stage = pace.stage(100, source.len());
    let mut tell = |trouble: Box<Trouble>| tell(Err(trouble.into_error(chunk_name)));
    let mut reader = match Reader::new(source, &arena, mode.dialect, &stage) {
        Ok(reader) => reader,
        Err(trouble) => return tell(trouble),
    };
    for _ in 0..reached {
        if let Err(trouble) = reader.next() {
            return tell(trouble);
        }
    }
    let mut trouble = match fault {
        Fault::Near(words) => reader.near(words),
        Fault::At(words) => reader.at(words),
        Fault::Words(words) => reader.at(&words),
        Fault::Bare(words) => reader.bare(words),
        Fault::Limit {
            line_defined,
            limit,
            what,
        } => reader.at(&limit_words(line_defined, limit, what)),
    };
    trouble.line = line;
    tell(trouble);
}

fn limit_words(line_defined: u32, limit: u32, what: &str) -> String {
    match line_defined {
        0 => format!("main function has more than {limit} {what}"),
        line => format!("function at line {line} has more than {limit} {what}"),
    }
}

impl Finder<'_> {
    fn main(&mut self) -> Find {
        self.chunk()?;
        match self.reader.token() {
            None => Ok(()),
            Some(_) => Err(self.reader.near("'<eof>' expected")),
        }
    }

    /// The source can be cut behind the token stepped over last.
    fn mark(&mut self) {
        (self.cut.end, self.cut.tokens) = self.reader.last_end();
        self.cut.open.clone_from(&self.open);
    }

    /// Reads something that `closer` would complete if the source ended in it.
    fn within<T>(
        &mut self,
        closer: &'static str,
        read: impl FnOnce(&mut Self) -> Find<T>,
    ) -> Find<T> {
        self.open.push(closer);
        let found = read(self)?;
        self.open.pop();
        Ok(found)
    }

    fn is(&self, token: Token) -> bool {
        self.reader.token() == Some(token)
    }

    /// Steps over a token if it is there.
    fn accept(&mut self, token: Token) -> Find<bool> {
        let found = self.is(token);
        if found {
            self.reader.next()?;
        }
        Ok(found)
    }

    fn expected(&self, token: Token) -> Box<Trouble> {
        let text = token.fixed_text().unwrap_or_default();
        self.reader.near(&format!("'{text}' expected"))
    }

    fn expect(&mut self, token: Token) -> Find {
        if self.accept(token)? {
            return Ok(());
        }
        Err(self.expected(token))
    }

    /// The token that closes what `opener` began at `line`.
    fn close(&mut self, token: Token, opener: Token, line: u32) -> Find {
        if self.accept(token)? {
            return Ok(());
        }
        if line == self.reader.line() {
            return Err(self.expected(token));
        }
        let text = token.fixed_text().unwrap_or_default();
        let opener = opener.fixed_text().unwrap_or_default();
        let words = format!("'{text}' expected (to close '{opener}' at line {line})");
        Err(self.reader.near(&words))
    }

    fn name(&mut self) -> Find {
        match self.reader.token() {
            Some(Token::Name(_)) => self.reader.next(),
            _ => Err(self.reader.near("'<name>' expected")),
        }
    }

    fn declare(&mut self, count: u32) -> Find {
        self.function.locals += count;
        if self.function.locals > limits::LOCALS {
            return Err(self.limit(limits::LOCALS, "local variables"));
        }
        Ok(())
    }

    fn limit(&self, limit: u32, what: &str) -> Box<Trouble> {
        let words = limit_words(self.function.line_defined, limit, what);
        self.reader.at(&words)
    }

    fn enter_level(&mut self) -> Find {
        self.level = self.level.saturating_add(1);
        if self.level > limits::LEVELS {
            return Err(self.reader.at("chunk has too many syntax levels"));
        }
        Ok(())
    }

    fn leave_level(&mut self) {
        self.level = self.level.saturating_sub(1);
    }
}
