//! Sets of patterns, `[…]`, while they are read: a long one takes several steps. What comes before and
//! behind a set is in `program`.

use crate::classes::Set;
use crate::image::Words;
use crate::matcher::PatternError;
use crate::program::{Syntax, Test, byte};

/// A set whose reading has not finished.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PendingSet {
    /// The first byte inside the brackets, after `^`.
    body: usize,
    at: usize,
    /// Where the closing bracket is, once found.
    close: Option<usize>,
    negated: bool,
    pub(crate) frontier: bool,
    syntax: Syntax,
    set: Set,
}

impl PendingSet {
    /// The set whose bracket is at `bracket`, none of it read yet.
    pub(crate) fn after(
        bracket: usize,
        pattern: &[u8],
        frontier: bool,
        syntax: Syntax,
    ) -> PendingSet {
        let negated = byte(pattern, bracket + 1) == b'^';
        let body = bracket + 1 + usize::from(negated);
        PendingSet {
            body,
            at: body,
            close: None,
            negated,
            frontier,
            syntax,
            set: Set::default(),
        }
    }

    /// How far it is, in eight words.
    pub(crate) fn save(&self) -> [u64; 8] {
        let close = self.close.map_or(0, |close| close as u64 + 1);
        let kind = u64::from(self.negated) | u64::from(self.frontier) << 1;
        let [a, b, c, d] = self.set.0;
        [self.body as u64, self.at as u64, close, kind, a, b, c, d]
    }

    /// The one that was saved, in a pattern of `len` bytes.
    pub(crate) fn restore(input: &mut Words<'_>, len: usize, syntax: Syntax) -> Option<PendingSet> {
        let (body, at, close) = (input.size()?, input.size()?, input.size()?);
        let (kind, mut set) = (input.next()?, Set::default());
        for word in &mut set.0 {
            *word = input.next()?;
        }
        let close = close.checked_sub(1);
        let has_place = close.is_none_or(|close| body < close && close < len);
        // Behind the last byte may be an escape without its letter.
        let is_inside = body <= at && at <= len.checked_add(1)?;
        (has_place && is_inside).then_some(PendingSet {
            body,
            at,
            close,
            negated: kind & 1 != 0,
            frontier: kind & 2 != 0,
            syntax,
            set,
        })
    }

    /// Finds the closing bracket, then collects the members, `left` bytes at most.
    /// Gives the place after the set when it is read, with a test if it needs no bits.
    pub(crate) fn read(
        &mut self,
        pattern: &[u8],
        left: &mut usize,
    ) -> Result<Option<(Option<Test>, usize)>, PatternError> {
        let close = match self.close {
            Some(close) => close,
            None => {
                let Some(close) = self.find_close(pattern, left)? else {
                    return Ok(None);
                };
                self.close = Some(close);
                self.at = self.body;
                close
            }
        };
        if let Some(test) = self.simple(pattern, close) {
            return Ok(Some((Some(test), close + 1)));
        }
        Ok(self.fill(pattern, close, left).then_some((None, close + 1)))
    }

    /// The first byte inside is a member even if it is `]`.
    fn find_close(
        &mut self,
        pattern: &[u8],
        left: &mut usize,
    ) -> Result<Option<usize>, PatternError> {
        while *left > 0 {
            *left -= 1;
            match byte(pattern, self.at) {
                _ if self.syntax.ends(pattern, self.at) => {
                    return Err(PatternError::MissingBracket);
                }
                b'%' if !self.syntax.ends(pattern, self.at + 1) => self.at += 2,
                _ => self.at += 1,
            }
            if byte(pattern, self.at) == b']' {
                return Ok(Some(self.at));
            }
        }
        Ok(None)
    }

    /// `[x]`, `[^x]` and `[%a]` need no bits.
    fn simple(&self, pattern: &[u8], close: usize) -> Option<Test> {
        let first = byte(pattern, self.body);
        match close - self.body {
            1 if first == b'%' => None,
            1 if self.negated => Some(Test::Except(first)),
            1 => Some(Test::Byte(first)),
            2 if first == b'%' && !self.negated => {
                Some(self.syntax.escaped(byte(pattern, self.body + 1)))
            }
            _ => None,
        }
    }

    /// Collects members up to the bracket; says whether all are in.
    fn fill(&mut self, pattern: &[u8], close: usize, left: &mut usize) -> bool {
        while self.at < close {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            let first = byte(pattern, self.at);
            if first == b'%' {
                self.set
                    .add_escaped(byte(pattern, self.at + 1), self.syntax);
                self.at += 2;
            } else if byte(pattern, self.at + 1) == b'-' && self.at + 2 < close {
                self.set.add_range(first, byte(pattern, self.at + 2));
                self.at += 3;
            } else {
                self.set.add(first);
                self.at += 1;
            }
        }
        true
    }

    /// The members, now that all are in.
    pub(crate) fn finished_set(&self) -> Set {
        if self.negated {
            self.set.complement()
        } else {
            self.set
        }
    }
}
