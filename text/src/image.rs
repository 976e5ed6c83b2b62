//! A paused matcher as bytes, and back. The layout is fixed: little-endian 64-bit words.
//! The program is not stored but read again from the pattern, so an image cannot forge one.

use crate::matcher::{
    Capture, Caret, Choice, MAX_CAPTURES, Matcher, PatternError, Phase, Prefilter,
};
use crate::program::Syntax;

/// First word of an image; its last byte is the version of the layout.
const MAGIC: u64 = u64::from_le_bytes(*b"bvmpat\0\x01");

/// Errors in the order of their numbers in an image.
const ERRORS: [PatternError; 10] = [
    PatternError::EndsInEscape,
    PatternError::MissingBracket,
    PatternError::Unbalanced,
    PatternError::FrontierWithoutSet,
    PatternError::InvalidPatternCapture,
    PatternError::InvalidCaptureIndex,
    PatternError::TooManyCaptures,
    PatternError::UnfinishedCapture,
    PatternError::TooComplex,
    PatternError::Corrupt,
];

/// Number of the phase that says "failed with the first error".
const FAILED: u64 = 16;

fn phase_number(phase: Phase) -> u64 {
    match phase {
        Phase::Seek => 0,
        Phase::Step => 1,
        Phase::Inside => 2,
        Phase::Back => 3,
        Phase::Matched => 4,
        Phase::Missed => 5,
        Phase::Failed(error) => {
            let index = ERRORS.iter().position(|&known| known == error);
            FAILED + index.unwrap_or_default() as u64
        }
    }
}

fn phase_of(number: u64) -> Option<Phase> {
    Some(match number {
        0 => Phase::Seek,
        1 => Phase::Step,
        2 => Phase::Inside,
        3 => Phase::Back,
        4 => Phase::Matched,
        5 => Phase::Missed,
        _ => {
            let index = usize::try_from(number.checked_sub(FAILED)?).ok()?;
            Phase::Failed(*ERRORS.get(index)?)
        }
    })
}

/// A capture as three words.
fn capture_words(capture: Capture) -> [u64; 3] {
    match capture {
        Capture::Span(start, end) => [0, start as u64, end as u64],
        Capture::Position(at) => [1, at as u64, 0],
        Capture::Unfinished(at) => [2, at as u64, 0],
    }
}

fn capture_of(input: &mut Words<'_>) -> Option<Capture> {
    let (kind, start, end) = (input.next()?, input.size()?, input.size()?);
    match kind {
        0 => Some(Capture::Span(start, end)),
        1 => Some(Capture::Position(start)),
        2 => Some(Capture::Unfinished(start)),
        _ => None,
    }
}

/// What the second word of an image says.
fn rules_of(word: u64) -> Option<(Caret, Syntax)> {
    let caret = match word & 1 {
        0 => Caret::Anchors,
        _ => Caret::Literal,
    };
    match word >> 1 {
        0 => Some((caret, Syntax::Lua51)),
        1 => Some((caret, Syntax::Extended)),
        _ => None,
    }
}

/// Reads words off the front of an image.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    fn next(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.next()?).ok()
    }
}

impl Matcher {
    /// The whole state as bytes; subject and pattern are not among them.
    pub fn save(&self) -> Vec<u8> {
        let (advances, level) = if self.begun {
            (self.program.advances(), self.program.level())
        } else {
            (self.replay, self.restored)
        };
        let sizes = [
            self.src_len,
            self.pattern_len,
            self.start,
            self.at,
            self.item,
            self.inside,
            self.depth,
            self.stack.len(),
            level,
        ];
        let literal = u64::from(self.caret == Caret::Literal);
        let extended = u64::from(self.syntax == Syntax::Extended);
        let rules = literal | extended << 1;
        let numbers = [MAGIC, rules, phase_number(self.phase), self.debt, advances];
        let choices = self
            .stack
            .iter()
            .flat_map(|choice| [choice.item, choice.low, choice.high]);
        let captures = self
            .captures
            .iter()
            .take(level)
            .copied()
            .flat_map(capture_words);
        let words = numbers
            .into_iter()
            .chain(sizes.into_iter().chain(choices).map(|size| size as u64))
            .chain(captures);
        words.flat_map(u64::to_le_bytes).collect()
    }

    /// The matcher that [`Matcher::save`] stored; `None` when the bytes are no image. What
    /// depends on the pattern and the subject is checked when it runs.
    pub fn restore(image: &[u8]) -> Option<Matcher> {
        let mut input = Words(image);
        let input = &mut input;
        if input.next()? != MAGIC {
            return None;
        }
        let (caret, syntax) = rules_of(input.next()?)?;
        let (phase, debt, replay) = (input.next()?, input.next()?, input.next()?);
        let mut matcher = Matcher::start(input.size()?, input.size()?, 0, caret, syntax);
        matcher.start = input.size()?;
        matcher.at = input.size()?;
        matcher.item = input.size()?;
        matcher.inside = input.size()?;
        matcher.depth = input.size()?;
        (matcher.debt, matcher.replay) = (debt, replay);
        matcher.phase = phase_of(phase)?;
        let (choices, level) = (input.size()?, input.size()?);
        if choices > input.0.len() / 24 || level > MAX_CAPTURES {
            return None;
        }
        for _ in 0..choices {
            let (item, low, high) = (input.size()?, input.size()?, input.size()?);
            matcher.stack.push(Choice { item, low, high });
        }
        for slot in matcher.captures.iter_mut().take(level) {
            *slot = capture_of(input)?;
        }
        matcher.restored = level;
        matcher.unchecked = true;
        matcher.fresh = false;
        matcher.prefilter = Prefilter::Unknown;
        input.0.is_empty().then_some(matcher)
    }

    /// Says whether a restored state can have come from this subject and pattern as far as
    /// safety goes: every place lies in the subject, every item in the program.
    pub(crate) fn check(&mut self) -> bool {
        self.unchecked = false;
        let places = self.start <= self.src_len
            && self.at <= self.src_len
            && self.inside <= self.src_len
            && (matches!(self.phase, Phase::Seek) || self.start <= self.at)
            && (self.phase != Phase::Inside || self.at <= self.inside);
        let items = self.program.len();
        let item = self.item < items || (self.item == items && !self.program.finished());
        let top = self.stack.last().is_none_or(|choice| choice.item < items);
        let rising = self
            .stack
            .is_sorted_by(|below, above| below.item < above.item);
        let choices = self.stack.iter().all(|choice| {
            self.start <= choice.low && choice.low <= choice.high && choice.high <= self.src_len
        });
        let captures = self.captures.iter().all(|&capture| match capture {
            Capture::Span(start, end) => start <= end && end <= self.src_len,
            Capture::Position(at) | Capture::Unfinished(at) => at <= self.src_len,
        });
        let level = self.restored <= self.program.level();
        places && item && top && rising && choices && captures && level
    }
}
