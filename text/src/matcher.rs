//! The pattern matcher as its users see it: state, captures, errors, start and run.
//! How it moves is in `machine`, pattern syntax in `program`, saved states in `image`;
//! no Lua values here.

use crate::machine::Pause;
use crate::program::{LONG, MAX_ITEMS, MAX_KNOWN, Program, Syntax, Test};
use crate::records::Records;

/// Most captures in one pattern.
pub const MAX_CAPTURES: usize = 32;

/// What is wrong with a pattern or a replacement, in Lua's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// `%` is the last byte.
    #[error("malformed pattern (ends with '%')")]
    EndsInEscape,
    /// A set is not closed.
    #[error("malformed pattern (missing ']')")]
    MissingBracket,
    /// `%b` lacks its two bytes.
    #[error("unbalanced pattern")]
    Unbalanced,
    /// `%f` without a set.
    #[error("missing '[' after '%f' in pattern")]
    FrontierWithoutSet,
    /// `)` without `(`.
    #[error("invalid pattern capture")]
    InvalidPatternCapture,
    /// `%1` for a capture that does not exist or is still open.
    #[error("invalid capture index")]
    InvalidCaptureIndex,
    /// More than [`MAX_CAPTURES`].
    #[error("too many captures")]
    TooManyCaptures,
    /// A capture that is asked for was never closed.
    #[error("unfinished capture")]
    UnfinishedCapture,
    /// More than 131072 items. Lua 5.1 has no such limit; its own stack ends first.
    #[error("pattern too complex")]
    TooComplex,
    /// The state does not belong to this subject and pattern: a caller's mistake or a
    /// forged image, never the pattern's fault.
    #[error("pattern state does not fit its subject")]
    Corrupt,
}

/// What a pair of parentheses caught.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// The bytes from the first place up to the second.
    Span(usize, usize),
    /// `()`: a place, counted from 0; Lua shows it counted from 1.
    Position(usize),
    /// `(` at this place without a `)`: asking for it is an error.
    Unfinished(usize),
}

impl Capture {
    /// Where the capture begins.
    pub(crate) fn start(self) -> usize {
        match self {
            Capture::Span(start, _) | Capture::Position(start) | Capture::Unfinished(start) => {
                start
            }
        }
    }
}

/// What `^` at the front of a pattern means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caret {
    /// Match at the first place only: `find`, `match` and `gsub`.
    Anchors,
    /// An ordinary byte: `gmatch`.
    Literal,
}

/// How a run of the matcher ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The pattern matches the bytes from `start` up to `end`.
    Match {
        /// First byte of the match.
        start: usize,
        /// The place after its last byte.
        end: usize,
    },
    /// It matches nowhere.
    NoMatch,
    /// The budget is spent; running again goes on.
    OutOfBudget,
    /// The pattern is malformed.
    Error(PatternError),
}

/// What the machine does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Look for a place where an attempt can begin.
    Seek,
    /// Run the current item at the current place.
    Step,
    /// Go on inside the current item, a repetition, back reference or balanced stretch.
    Inside,
    /// Return to the latest choice.
    Back,
    /// Nothing: the pattern matches from the start of the attempt up to here.
    Matched,
    /// Nothing: it matches nowhere.
    Missed,
    /// Nothing: the pattern is malformed.
    Failed(PatternError),
}

/// A repetition that may still take another number of bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice {
    pub(crate) item: usize,
    /// Fewest: where a greedy repetition ends when it gives everything back.
    pub(crate) low: usize,
    /// Where it ends now.
    pub(crate) high: usize,
}

/// What is known about the byte an attempt begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefilter {
    Unknown,
    Nothing,
    First(Test),
}

/// Programs that are kept: a power of two.
const SHELF: usize = 32;

/// The place of a pattern's program.
fn place_of(pattern: &[u8]) -> usize {
    let hash = pattern.iter().fold(pattern.len() as u32, |hash, &byte| {
        hash.rotate_left(5) ^ u32::from(byte)
    });
    (hash.wrapping_mul(0x9E37_79B1) >> 16) as usize % SHELF
}

/// A match in progress. It can be used again and again, keeping its memory.
#[derive(Clone, Debug)]
pub struct Matcher {
    pub(crate) program: Program,
    /// Programs of patterns that were used before, each in the place of its pattern.
    shelf: Vec<Program>,
    pub(crate) stack: Vec<Choice>,
    /// Choices below those, which a restored match has in its image, and the item that they come before.
    pub(crate) earlier: Records<24>,
    pub(crate) bound: usize,
    pub(crate) captures: [Capture; MAX_CAPTURES],
    pub(crate) src_len: usize,
    pub(crate) pattern_len: usize,
    pub(crate) caret: Caret,
    pub(crate) syntax: Syntax,
    pub(crate) anchored: bool,
    pub(crate) prefilter: Prefilter,
    pub(crate) phase: Phase,
    /// Where the current attempt began.
    pub(crate) start: usize,
    /// The current place in the subject and in the program.
    pub(crate) at: usize,
    pub(crate) item: usize,
    /// How far the current item has come.
    pub(crate) inside: usize,
    /// Open brackets of a balanced stretch.
    pub(crate) depth: usize,
    /// Work done that is still to be paid for.
    pub(crate) debt: u64,
    /// After a restore: how often the program has to advance to be where it was.
    pub(crate) replay: u64,
    /// After a restore: how many captures the image had.
    pub(crate) restored: usize,
    /// Whether the program came with an image.
    pub(crate) resumed: bool,
    /// Whether the program has been set to the start of the pattern.
    pub(crate) begun: bool,
    /// Whether a restored state has still to be checked.
    pub(crate) unchecked: bool,
    /// Whether the match has still to begin.
    pub(crate) fresh: bool,
}

impl Default for Matcher {
    fn default() -> Matcher {
        Matcher::start(0, 0, 0, Caret::Anchors, Syntax::Lua51)
    }
}

impl Matcher {
    /// A matcher that will look in a subject of `src_len` bytes, from byte `init` on, for a
    /// pattern of `pattern_len` bytes.
    pub fn start(
        src_len: usize,
        pattern_len: usize,
        init: usize,
        caret: Caret,
        syntax: Syntax,
    ) -> Matcher {
        let mut matcher = Matcher {
            program: Program::default(),
            shelf: Vec::new(),
            stack: Vec::new(),
            earlier: Records::default(),
            bound: 0,
            captures: [Capture::Position(0); MAX_CAPTURES],
            src_len,
            pattern_len,
            caret,
            syntax,
            anchored: false,
            prefilter: Prefilter::Unknown,
            phase: Phase::Seek,
            start: init,
            at: 0,
            item: 0,
            inside: 0,
            depth: 0,
            debt: 0,
            replay: 0,
            restored: 0,
            resumed: false,
            begun: false,
            unchecked: false,
            fresh: true,
        };
        matcher.again(init);
        matcher
    }

    /// Starts over with another subject and pattern, as [`Matcher::start`] does.
    pub fn reset(
        &mut self,
        src_len: usize,
        pattern_len: usize,
        init: usize,
        caret: Caret,
        syntax: Syntax,
    ) {
        self.src_len = src_len;
        self.pattern_len = pattern_len;
        self.caret = caret;
        self.syntax = syntax;
        self.begun = false;
        self.unchecked = false;
        self.replay = 0;
        self.restored = 0;
        self.resumed = false;
        self.again(init);
    }

    /// Looks for the next match of the same pattern in the same subject, from `init` on.
    /// What has been read of the pattern is kept.
    #[inline]
    pub fn again(&mut self, init: usize) {
        self.fresh = true;
        self.stack.clear();
        self.earlier.clear();
        self.phase = Phase::Seek;
        self.start = init.min(self.src_len);
        (self.at, self.inside) = (self.start, self.start);
        (self.item, self.depth) = (0, 0);
        self.debt = 0;
    }

    /// The captures of the match, in order of their opening parentheses.
    pub fn captures(&self) -> &[Capture] {
        self.captures
            .get(..self.program.level())
            .unwrap_or_default()
    }

    /// Goes on until the outcome is known or the budget is spent. A unit pays for some ten
    /// nanoseconds; what is spent in all does not depend on how it is handed out.
    ///
    /// `src` and `pattern` have to be the same at every call.
    #[inline]
    pub fn run(&mut self, src: &[u8], pattern: &[u8], budget: &mut u64) -> Outcome {
        let fresh = std::mem::take(&mut self.fresh);
        if fresh
            && (src.len(), pattern.len()) == (self.src_len, self.pattern_len)
            && self.is_known(pattern)
        {
            let is_first = self.prefilter == Prefilter::Unknown;
            if let Some(outcome) = self.quick(src, pattern, budget) {
                return outcome;
            }
            self.give_up(is_first);
        }
        self.go_on(src, pattern, budget)
    }

    /// Whether a match that has not begun can be a quick one: the program is known.
    #[inline(always)]
    fn is_known(&mut self, pattern: &[u8]) -> bool {
        if self.begun {
            return self.program.is_known();
        }
        self.anchored = self.is_anchored(pattern);
        let from = usize::from(self.anchored);
        self.begun = self.program.take_up(pattern, from, self.syntax);
        self.prefilter = Prefilter::Unknown;
        self.begun
    }

    #[inline(always)]
    fn is_anchored(&self, pattern: &[u8]) -> bool {
        self.caret == Caret::Anchors && pattern.first() == Some(&b'^')
    }

    #[inline(never)]
    fn go_on(&mut self, src: &[u8], pattern: &[u8], budget: &mut u64) -> Outcome {
        if src.len() != self.src_len || pattern.len() != self.pattern_len {
            self.captures.fill(Capture::Position(0));
            return Outcome::Error(PatternError::Corrupt);
        }
        if !self.begun {
            self.begin(pattern);
        }
        if self.unchecked && !self.check() {
            self.captures = [Capture::Position(0); MAX_CAPTURES];
            self.phase = Phase::Failed(PatternError::Corrupt);
        }
        let debt = std::mem::take(&mut self.debt);
        match self
            .charge(debt, budget)
            .and_then(|()| self.drive(src, pattern, budget))
        {
            Ok(outcome) => outcome,
            Err(Pause) => Outcome::OutOfBudget,
        }
    }

    /// Makes the program that of the pattern, which may be known from before.
    #[inline]
    fn fetch_program(&mut self, pattern: &[u8]) {
        let from = usize::from(self.anchored);
        if !self.program.take_up(pattern, from, self.syntax) {
            self.change_program(pattern);
            self.program.start(pattern, from, self.syntax);
        }
    }

    /// Puts the program back to its place and takes what is in the place of this pattern.
    #[inline(never)]
    fn change_program(&mut self, pattern: &[u8]) {
        if self.shelf.is_empty() {
            self.shelf.resize_with(SHELF, Program::default);
        }
        if let Some(place) = self
            .program
            .pattern()
            .and_then(|known| self.shelf.get_mut(place_of(known)))
        {
            std::mem::swap(&mut self.program, place);
        }
        if pattern.len() <= MAX_KNOWN
            && let Some(place) = self.shelf.get_mut(place_of(pattern))
        {
            std::mem::swap(&mut self.program, place);
        }
    }

    /// Sets the program to the start of the pattern, or, after a restore, to where it was, which is not far in a short one.
    fn begin(&mut self, pattern: &[u8]) {
        self.anchored = self.is_anchored(pattern);
        // Captures of an earlier use must not show up in an image.
        if self.replay == 0 && !self.resumed {
            self.captures.fill(Capture::Position(0));
        }
        if !self.resumed {
            self.fetch_program(pattern);
        }
        if pattern.len() > LONG {
            // A choice is a repetition, which has two bytes at least.
            self.stack.reserve(MAX_ITEMS.min(pattern.len() / 2));
        }
        self.prefilter = Prefilter::Unknown;
        self.begun = true;
        while self.program.advances() < self.replay && !self.program.finished() {
            self.program.advance(pattern);
        }
    }
}
