//! How the matcher moves: it runs over a pattern's items with its own stack of choices, pays
//! for what it does and can stop between any two pieces of work. Nothing recurses.
//!
//! Each item occurs at most once on the way from the start of an attempt to the current
//! item, so the stack of choices is never longer than the pattern. Captures need no
//! undoing: going back to a choice passes every later `(` again before its capture is read.
//!
//! Work of no fixed bound is paid by the block of bytes. A pause comes only at the end of a
//! block, so that the sum is the same however the budget is handed out.

use crate::matcher::{Capture, Choice, Matcher, Outcome, PatternError, Phase, Prefilter};
use crate::program::{Item, MAX_PARENTHESES, Program, Test};

/// Bytes tested one by one for a unit.
pub(crate) const TESTED: usize = 16;
/// Bytes of a balanced stretch, or given back by a repetition, for a unit.
pub(crate) const WALKED: usize = 8;
/// Bytes compared or searched as blocks for a unit.
pub(crate) const COMPARED: usize = 64;
/// Choices below which one that is given up costs nothing: what has made it has been paid.
const FEW: usize = 64;
/// Choices that are given up for a unit where there are more, as all of them may be given up in a row.
const GIVEN_UP: usize = 4;

/// How a piece of work ended; the budget pause is an error so that `?` takes it out.
enum Flow {
    /// Go on with the next item.
    Next,
    /// This way does not match.
    Fail,
    /// The outcome is known: one of the last three phases.
    End(Phase),
}

/// The budget is spent.
pub(crate) struct Pause;

impl Matcher {
    /// Takes `cost` from the budget; what it cannot pay is left as a debt.
    #[inline(always)]
    pub(crate) fn charge(&mut self, cost: u64, budget: &mut u64) -> Result<(), Pause> {
        match budget.checked_sub(cost) {
            Some(left) => {
                *budget = left;
                Ok(())
            }
            None => {
                self.debt = cost - *budget;
                *budget = 0;
                Err(Pause)
            }
        }
    }

    /// Reads some more of the pattern.
    #[inline(never)]
    fn read_more(&mut self, pattern: &[u8], budget: &mut u64) -> Result<(), Pause> {
        if *budget == 0 {
            return Err(Pause);
        }
        let cost = self.program.advance(pattern);
        self.charge(cost, budget)
    }

    pub(crate) fn drive(
        &mut self,
        src: &[u8],
        pattern: &[u8],
        budget: &mut u64,
    ) -> Result<Outcome, Pause> {
        loop {
            match self.phase {
                Phase::Seek => self.seek(src, pattern, budget)?,
                Phase::Step => self.steps(src, pattern, budget)?,
                Phase::Inside => {
                    let item = self.program.item(self.item);
                    let flow = self.inside(item.unwrap_or(Item::Accept), src, budget)?;
                    self.follow(flow);
                }
                Phase::Back => self.back(src, pattern, budget)?,
                Phase::Matched => {
                    return Ok(Outcome::Match {
                        start: self.start,
                        end: self.at,
                    });
                }
                Phase::Missed => return Ok(Outcome::NoMatch),
                Phase::Failed(error) => return Ok(Outcome::Error(error)),
            }
        }
    }

    /// Finds the next place where an attempt can begin, and begins it.
    fn seek(&mut self, src: &[u8], pattern: &[u8], budget: &mut u64) -> Result<(), Pause> {
        if self.prefilter == Prefilter::Unknown {
            self.find_prefilter(pattern, budget)?;
        }
        if let (Prefilter::First(test), false) = (self.prefilter, self.anchored) {
            let per_unit = if matches!(test, Test::Byte(_)) {
                COMPARED
            } else {
                TESTED
            };
            let rest = src.get(self.start..).unwrap_or_default();
            let (window, whole) = affordable(rest, per_unit, *budget);
            let gap = self.program.gap_length(test, window);
            self.start += gap;
            *budget = budget.saturating_sub((gap / per_unit) as u64);
            if gap == window.len() {
                if !whole {
                    return Err(Pause);
                }
                self.phase = Phase::Missed;
                return Ok(());
            }
        }
        self.at = self.start;
        self.item = 0;
        self.phase = Phase::Step;
        Ok(())
    }

    /// Reads the pattern up to the first item that is not a capture's parenthesis.
    #[inline(always)]
    fn find_prefilter(&mut self, pattern: &[u8], budget: &mut u64) -> Result<(), Pause> {
        let test = match self.program.show_head(budget) {
            Some(test) => test,
            None => self.read_head(pattern, budget)?,
        };
        self.prefilter = match test {
            Some(test) => Prefilter::First(test),
            None => Prefilter::Nothing,
        };
        Ok(())
    }

    #[inline(never)]
    fn read_head(&mut self, pattern: &[u8], budget: &mut u64) -> Result<Option<Test>, Pause> {
        let mut index = 0;
        loop {
            match self.program.item(index) {
                None => self.read_more(pattern, budget)?,
                Some(Item::Open(_) | Item::Position(_) | Item::Close(_))
                    if index < MAX_PARENTHESES =>
                {
                    index += 1;
                }
                Some(_) => break,
            }
        }
        Ok(self.program.keep_head(index, pattern))
    }

    /// Runs items until one fails or the match is complete.
    fn steps(&mut self, src: &[u8], pattern: &[u8], budget: &mut u64) -> Result<(), Pause> {
        loop {
            let item = match self.program.item(self.item) {
                Some(item) => item,
                None => match self.program.show(self.item, budget) {
                    Some(item) => item,
                    None => {
                        self.read_more(pattern, budget)?;
                        continue;
                    }
                },
            };
            if *budget == 0 {
                return Err(Pause);
            }
            *budget -= 1;
            match self.step(item, src, pattern, budget)? {
                Flow::Next => self.item += 1,
                Flow::Fail => {
                    self.phase = Phase::Back;
                    return Ok(());
                }
                Flow::End(phase) => {
                    self.phase = phase;
                    return Ok(());
                }
            }
        }
    }

    /// Continues after an item that had been interrupted.
    fn follow(&mut self, flow: Flow) {
        self.phase = match flow {
            Flow::Next => {
                self.item += 1;
                Phase::Step
            }
            Flow::Fail => Phase::Back,
            Flow::End(phase) => phase,
        };
    }

    /// Runs one item at the current place.
    #[inline(always)]
    fn step(
        &mut self,
        item: Item,
        src: &[u8],
        pattern: &[u8],
        budget: &mut u64,
    ) -> Result<Flow, Pause> {
        match item {
            Item::One(test) => return Ok(self.take(self.passes_here(test, src), 1)),
            Item::Literal { start, len } => {
                let (start, len) = (start as usize, usize::from(len));
                let wanted = pattern.get(start..start + len).unwrap_or_default();
                let here = src.get(self.at..).unwrap_or_default();
                return Ok(self.take(here.starts_with(wanted), wanted.len()));
            }
            Item::Star(_) | Item::Plus(_) | Item::Back(_) | Item::Balance(..) => {
                self.inside = self.at;
                self.depth = 0;
                return self.inside(item, src, budget);
            }
            Item::Optional(test) => {
                if self.passes_here(test, src) {
                    self.push(self.at, self.at + 1);
                    self.at += 1;
                }
            }
            Item::Lazy(_) => self.push(self.at, self.at),
            Item::Open(level) => self.set_capture(level, Capture::Unfinished(self.at)),
            Item::Position(level) => self.set_capture(level, Capture::Position(self.at)),
            Item::Close(level) => self.close(level),
            Item::Frontier(test) => return Ok(self.frontier(test, src)),
            Item::End if self.at == src.len() => {}
            Item::End => return Ok(Flow::Fail),
            Item::Accept => return Ok(Flow::End(Phase::Matched)),
            Item::Fail(error) => return Ok(Flow::End(Phase::Failed(error))),
        }
        Ok(Flow::Next)
    }

    /// Takes `count` bytes if they `fit`.
    #[inline(always)]
    fn take(&mut self, fit: bool, count: usize) -> Flow {
        if fit {
            self.at += count;
            Flow::Next
        } else {
            Flow::Fail
        }
    }

    #[inline(always)]
    fn passes_here(&self, test: Test, src: &[u8]) -> bool {
        src.get(self.at)
            .is_some_and(|&byte| self.program.passes(test, byte))
    }

    #[inline(always)]
    fn push(&mut self, low: usize, high: usize) {
        self.stack.push(Choice {
            item: self.item,
            low,
            high,
        });
    }

    #[inline(always)]
    fn set_capture(&mut self, level: u8, capture: Capture) {
        if let Some(slot) = self.captures.get_mut(usize::from(level)) {
            *slot = capture;
        }
    }

    #[inline(always)]
    fn close(&mut self, level: u8) {
        if let Some(slot) = self.captures.get_mut(usize::from(level)) {
            // A forged image may begin a capture after this place.
            *slot = Capture::Span(slot.start().min(self.at), self.at);
        }
    }

    /// `%f`: the byte before is outside of the set and the one here inside; both ends of the
    /// subject count as zero bytes.
    fn frontier(&self, test: Test, src: &[u8]) -> Flow {
        let before = self.at.checked_sub(1).and_then(|at| src.get(at));
        let here = src.get(self.at);
        let passes = |byte: Option<&u8>| self.program.passes(test, byte.copied().unwrap_or(0));
        if !passes(before) && passes(here) {
            Flow::Next
        } else {
            Flow::Fail
        }
    }

    /// Begins or goes on with an item whose work has no fixed bound.
    #[inline(always)]
    fn inside(&mut self, item: Item, src: &[u8], budget: &mut u64) -> Result<Flow, Pause> {
        match item {
            Item::Star(test) => self.repeat(test, 0, src, budget),
            Item::Plus(test) => self.repeat(test, 1, src, budget),
            Item::Back(level) => self.back_reference(level, src, budget),
            Item::Balance(open, close) => self.balance(open, close, src, budget),
            // Other items are never interrupted; only a forged image gets here.
            _ => Ok(Flow::Fail),
        }
    }

    /// Takes as many bytes as pass, at least `least`.
    #[inline(always)]
    fn repeat(
        &mut self,
        test: Test,
        least: usize,
        src: &[u8],
        budget: &mut u64,
    ) -> Result<Flow, Pause> {
        let rest = src.get(self.inside..).unwrap_or_default();
        let (window, whole) = affordable(rest, TESTED, *budget);
        let count = self.program.run_length(test, window);
        self.inside += count;
        *budget = budget.saturating_sub((count / TESTED) as u64);
        if count == window.len() && !whole {
            self.phase = Phase::Inside;
            return Err(Pause);
        }
        let low = self.at + least;
        if self.inside < low {
            return Ok(Flow::Fail);
        }
        if self.inside > low {
            self.push(low, self.inside);
        }
        self.at = self.inside;
        Ok(Flow::Next)
    }

    /// Takes the bytes that a capture caught. A position capture never matches.
    #[cold]
    fn back_reference(&mut self, level: u8, src: &[u8], budget: &mut u64) -> Result<Flow, Pause> {
        let Some(Capture::Span(start, end)) = self.captures.get(usize::from(level)) else {
            return Ok(Flow::Fail);
        };
        let wanted = src.get(*start..*end).unwrap_or_default();
        let here = src.get(self.at..).unwrap_or_default();
        if here.len() < wanted.len() {
            return Ok(Flow::Fail);
        }
        let done = self.inside.saturating_sub(self.at);
        let rest = wanted.get(done..).unwrap_or_default();
        let here = here.get(done..).unwrap_or_default();
        let (window, whole) = affordable(rest, COMPARED, *budget);
        let blocks = window.chunks(COMPARED).zip(here.chunks(COMPARED));
        let same: usize = blocks
            .take_while(|(wanted, here)| here.starts_with(wanted))
            .map(|(wanted, _)| wanted.len())
            .sum();
        self.inside += same;
        *budget = budget.saturating_sub((same / COMPARED) as u64);
        if same < window.len() {
            return Ok(Flow::Fail);
        }
        if !whole {
            self.phase = Phase::Inside;
            return Err(Pause);
        }
        self.at = self.inside;
        Ok(Flow::Next)
    }

    /// `%bxy`: from an `x` to the `y` that closes it.
    #[cold]
    fn balance(
        &mut self,
        open: u8,
        close: u8,
        src: &[u8],
        budget: &mut u64,
    ) -> Result<Flow, Pause> {
        if self.depth == 0 {
            if src.get(self.at) != Some(&open) {
                return Ok(Flow::Fail);
            }
            self.depth = 1;
            self.inside = self.at + 1;
        }
        let rest = src.get(self.inside..).unwrap_or_default();
        let (window, whole) = affordable(rest, WALKED, *budget);
        for (index, &byte) in window.iter().enumerate() {
            if byte == close {
                self.depth -= 1;
                if self.depth == 0 {
                    self.at = self.inside + index + 1;
                    *budget = budget.saturating_sub((index / WALKED) as u64);
                    return Ok(Flow::Next);
                }
            } else if byte == open {
                self.depth = self.depth.saturating_add(1);
            }
        }
        self.inside += window.len();
        *budget = budget.saturating_sub((window.len() / WALKED) as u64);
        if whole {
            return Ok(Flow::Fail);
        }
        self.phase = Phase::Inside;
        Err(Pause)
    }

    /// Takes the latest choice differently, or begins the next attempt.
    fn back(&mut self, src: &[u8], pattern: &[u8], budget: &mut u64) -> Result<(), Pause> {
        loop {
            if self.stack.is_empty() && self.earlier.len() > 0 && !self.take_earlier() {
                self.phase = Phase::Failed(PatternError::Corrupt);
                return Ok(());
            }
            let Some(choice) = self.stack.last_mut() else {
                break;
            };
            let follow = {
                let (next, shown) = (choice.item + 1, self.program.len());
                self.program.first_test(next, shown, pattern)
            };
            let found = match self.program.item(choice.item) {
                Some(Item::Lazy(test)) => {
                    lengthen(&self.program, choice, test, follow, src, budget)?
                }
                _ => shorten(&self.program, choice, follow, src, budget)?,
            };
            if found {
                (self.item, self.at) = (choice.item + 1, choice.high);
                self.phase = Phase::Step;
                return Ok(());
            }
            self.stack.pop();
            let left = self.stack.len() + self.earlier.len();
            if left >= FEW && left.is_multiple_of(GIVEN_UP) {
                self.charge(1, budget)?;
            }
        }
        if self.anchored || self.start >= src.len() {
            self.phase = Phase::Missed;
        } else {
            self.start += 1;
            self.phase = Phase::Seek;
        }
        Ok(())
    }
}

/// Makes a lazy repetition longer, by one byte and then up to where what follows can begin.
/// Says whether it could.
#[inline(always)]
pub(crate) fn lengthen(
    program: &Program,
    choice: &mut Choice,
    test: Test,
    follow: Option<Test>,
    src: &[u8],
    budget: &mut u64,
) -> Result<bool, Pause> {
    let rest = src.get(choice.high..).unwrap_or_default();
    let Some(follow) = follow else {
        let longer = rest.first().is_some_and(|&byte| program.passes(test, byte));
        choice.high += usize::from(longer);
        return Ok(longer);
    };
    let searched = test == Test::Any && matches!(follow, Test::Byte(_));
    let per_unit = if searched { COMPARED } else { WALKED };
    let ahead = rest.get(1..).unwrap_or_default();
    let (window, whole) = affordable(ahead, per_unit, *budget);
    let gap = if test == Test::Any {
        program.gap_length(follow, window)
    } else {
        let stop = |(&taken, &next): (&u8, &u8)| {
            !program.passes(test, taken) || program.passes(follow, next)
        };
        rest.iter()
            .zip(window)
            .position(stop)
            .unwrap_or(window.len())
    };
    *budget = budget.saturating_sub((gap / per_unit) as u64);
    if gap < window.len() {
        choice.high += gap + 1;
        return Ok(rest
            .get(gap)
            .is_some_and(|&byte| program.passes(test, byte)));
    }
    choice.high += gap;
    if whole { Ok(false) } else { Err(Pause) }
}

/// Makes a greedy repetition shorter, by one byte and then down to where what follows can
/// begin. Says whether it could.
#[inline(always)]
pub(crate) fn shorten(
    program: &Program,
    choice: &mut Choice,
    follow: Option<Test>,
    src: &[u8],
    budget: &mut u64,
) -> Result<bool, Pause> {
    let given = src.get(choice.low..choice.high).unwrap_or_default();
    let Some(follow) = follow else {
        let shorter = !given.is_empty();
        choice.high -= usize::from(shorter);
        return Ok(shorter);
    };
    let count = given.len().min(units(*budget).saturating_mul(WALKED));
    let window = given.get(given.len() - count..).unwrap_or_default();
    let last = window
        .iter()
        .rposition(|&byte| program.passes(follow, byte));
    let gap = last.map_or(count, |last| count - 1 - last);
    *budget = budget.saturating_sub((gap / WALKED) as u64);
    choice.high -= gap;
    match last {
        Some(_) => {
            choice.high -= 1;
            Ok(true)
        }
        None if count == given.len() => Ok(false),
        None => Err(Pause),
    }
}

/// As much of `rest` as the budget pays for, and whether that is all of it.
#[inline(always)]
pub(crate) fn affordable(rest: &[u8], per_unit: usize, budget: u64) -> (&[u8], bool) {
    match rest.get(..units(budget).saturating_mul(per_unit)) {
        Some(window) => (window, window.len() == rest.len()),
        None => (rest, true),
    }
}

#[inline(always)]
fn units(budget: u64) -> usize {
    usize::try_from(budget).unwrap_or(usize::MAX)
}
