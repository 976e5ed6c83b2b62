//! A paused matcher as bytes, and back. The layout is fixed: little-endian 64-bit words, then choices, items and sets.
//! The program of a short pattern is not stored but read again, and so an image cannot forge one. That of a long pattern
//! is there as far as it has been read; how it is stored is `program`'s. Going on takes as long for a large image as for a
//! small one: of what there may be many, each is read where matching comes to it.

use crate::matcher::{
    Capture, Caret, Choice, MAX_CAPTURES, Matcher, PatternError, Phase, Prefilter,
};
use crate::program::{Program, Syntax};
use crate::records::Records;
use std::sync::Arc;

/// First word of an image; its last byte is the version of the layout.
const MAGIC: u64 = u64::from_le_bytes(*b"bvmpat\0\x02");

/// Longest pattern that is read again.
const SHORT: usize = 512;

/// Choices that are taken out of an image at a time.
const PORTION: usize = 64;

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

pub(crate) fn error_number(error: PatternError) -> u64 {
    let index = ERRORS.iter().position(|&known| known == error);
    index.unwrap_or_default() as u64
}

pub(crate) fn error_of(number: u64) -> Option<PatternError> {
    ERRORS.get(usize::try_from(number).ok()?).copied()
}

fn phase_number(phase: Phase) -> u64 {
    match phase {
        Phase::Seek => 0,
        Phase::Step => 1,
        Phase::Inside => 2,
        Phase::Back => 3,
        Phase::Matched => 4,
        Phase::Missed => 5,
        Phase::Failed(error) => FAILED + error_number(error),
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
        _ => Phase::Failed(error_of(number.checked_sub(FAILED)?)?),
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
pub(crate) struct Words<'a>(&'a [u8]);

impl Words<'_> {
    pub(crate) fn next(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }

    pub(crate) fn size(&mut self) -> Option<usize> {
        usize::try_from(self.next()?).ok()
    }
}

impl Choice {
    fn save(&self) -> impl Iterator<Item = u8> + use<> {
        let words = [self.item, self.low, self.high].map(|size| size as u64);
        words.into_iter().flat_map(u64::to_le_bytes)
    }

    fn restore(bytes: &[u8; 24]) -> Option<Choice> {
        let mut words = Words(bytes);
        Some(Choice {
            item: words.size()?,
            low: words.size()?,
            high: words.size()?,
        })
    }
}

impl Matcher {
    /// Adds the whole state to `out`; subject and pattern are not in it.
    pub fn save(&self, out: &mut Vec<u8>) {
        let level = match self.begun {
            true => self.program.level(),
            false => self.restored,
        };
        let sizes = [
            self.src_len,
            self.pattern_len,
            self.start,
            self.at,
            self.item,
            self.inside,
            self.depth,
            self.earlier.len() + self.stack.len(),
            level,
        ];
        let literal = u64::from(self.caret == Caret::Literal);
        let extended = u64::from(self.syntax == Syntax::Extended);
        let has_program = self.pattern_len > SHORT && (self.begun || self.resumed);
        let rules = literal | extended << 1 | u64::from(has_program) << 2;
        let numbers = [MAGIC, rules, phase_number(self.phase), self.debt];
        let sizes = sizes.map(|size| size as u64);
        out.extend(numbers.iter().chain(&sizes).flat_map(|n| n.to_le_bytes()));
        match (has_program, self.begun) {
            (true, _) => self.program.save(out),
            (false, true) => out.extend(self.program.advances().to_le_bytes()),
            (false, false) => out.extend(self.replay.to_le_bytes()),
        }
        let captures = self.captures.iter().take(level).copied();
        let words = captures.flat_map(capture_words);
        out.extend(words.flat_map(u64::to_le_bytes));
        out.extend_from_slice(self.earlier.bytes());
        out.extend(self.stack.iter().flat_map(Choice::save));
        if has_program {
            self.program.save_items(out);
        }
    }

    /// The matcher that [`Matcher::save`] stored from byte `from` of an image on; `None` when the bytes are none. What
    /// depends on the pattern and the subject is checked when it runs.
    pub fn restore(image: Vec<u8>, from: usize) -> Option<Matcher> {
        let mut input = Words(image.get(from..)?);
        let input = &mut input;
        if input.next()? != MAGIC {
            return None;
        }
        let rules = input.next()?;
        let (caret, syntax) = rules_of(rules & !4)?;
        let has_program = rules & 4 != 0;
        let (phase, debt) = (input.next()?, input.next()?);
        let mut matcher = Matcher::start(input.size()?, input.size()?, 0, caret, syntax);
        matcher.start = input.size()?;
        matcher.at = input.size()?;
        matcher.item = input.size()?;
        matcher.inside = input.size()?;
        matcher.depth = input.size()?;
        matcher.debt = debt;
        matcher.phase = phase_of(phase)?;
        let (choices, level) = (input.size()?, input.size()?);
        if level > MAX_CAPTURES || has_program && matcher.pattern_len <= SHORT {
            return None;
        }
        let sizes = match has_program {
            true => {
                let (program, sizes) = Program::restore(input, matcher.pattern_len, syntax)?;
                (matcher.program, matcher.resumed) = (program, true);
                Some(sizes)
            }
            false => {
                matcher.replay = input.next()?;
                // A long pattern is not read again.
                (matcher.replay == 0 || matcher.pattern_len <= SHORT).then_some(())?;
                None
            }
        };
        for slot in matcher.captures.iter_mut().take(level) {
            *slot = capture_of(input)?;
        }
        let mut at = image.len() - input.0.len();
        let image = Arc::new(image);
        matcher.earlier = Records::take(&image, &mut at, choices)?;
        if let Some(sizes) = sizes {
            sizes.fill(&mut matcher.program, &image, &mut at)?;
        }
        matcher.bound = matcher.item;
        matcher.restored = level;
        matcher.unchecked = true;
        matcher.fresh = false;
        matcher.prefilter = Prefilter::Unknown;
        (at == image.len()).then_some(matcher)
    }

    /// Takes the last choices of those in the image; says whether they can have come from this subject and pattern.
    #[cold]
    pub(crate) fn take_earlier(&mut self) -> bool {
        let from = self.earlier.len().saturating_sub(PORTION);
        let bytes = self.earlier.bytes().get(24 * from..).unwrap_or_default();
        let choices = bytes.as_chunks().0.iter().filter_map(Choice::restore);
        self.stack.extend(choices);
        self.earlier.truncate(from);
        let mut bound = self.bound;
        let are_right = self.stack.iter().rev().all(|choice| {
            let is_below = choice.item < std::mem::replace(&mut bound, choice.item);
            is_below
                && self.start <= choice.low
                && choice.low <= choice.high
                && choice.high <= self.src_len
        });
        self.bound = bound;
        are_right
    }

    /// Says whether a restored state can have come from this subject and pattern as far as
    /// safety goes: every place lies in the subject, every item in the program. Choices are checked when they are taken.
    pub(crate) fn check(&mut self) -> bool {
        self.unchecked = false;
        let places = self.start <= self.src_len
            && self.at <= self.src_len
            && self.inside <= self.src_len
            && (matches!(self.phase, Phase::Seek) || self.start <= self.at)
            && (self.phase != Phase::Inside || self.at <= self.inside);
        let items = self.program.len();
        let item = self.item < items || (self.item == items && !self.program.finished());
        let captures = self.captures.iter().all(|&capture| match capture {
            Capture::Span(start, end) => start <= end && end <= self.src_len,
            Capture::Position(at) | Capture::Unfinished(at) => at <= self.src_len,
        });
        let level = self.restored <= self.program.level();
        places && item && captures && level
    }
}
