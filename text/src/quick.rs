//! The usual case of a match: the pattern is known from before and the budget covers all of it. It does what
//! `machine` does, in fewer steps because it never stops in between. When it cannot go on it gives up: it
//! has changed nothing, and the machine does the whole match. Both must agree in what a match comes to and
//! in what it costs; `tests/patterns.rs` compares them. What has no business here: errors, back references.

use crate::machine::{COMPARED, TESTED, WALKED, affordable, lengthen, shorten};
use crate::matcher::{Capture, Choice, MAX_CAPTURES, Matcher, Outcome, Phase, Prefilter};
use crate::program::{Item, Program, Test, same};

/// Units of a quick match: a longer one begins again in the machine, and what has been done in vain is little.
const MOST: u64 = 512;

/// A match on its way. Methods answer `None` to give up.
struct Run<'a> {
    program: &'a Program,
    src: &'a [u8],
    pattern: &'a [u8],
    stack: &'a mut Vec<Choice>,
    captures: &'a mut [Capture; MAX_CAPTURES],
    /// What is left of the budget.
    left: u64,
    /// How many items the match has read.
    shown: usize,
    /// Where the current attempt began, and the place it has come to.
    start: usize,
    at: usize,
}

impl Matcher {
    /// Does a match that has not begun, of a pattern that the program is for. When it gives up,
    /// [`Matcher::give_up`] is to follow.
    #[inline(always)]
    pub(crate) fn quick(
        &mut self,
        src: &[u8],
        pattern: &[u8],
        budget: &mut u64,
    ) -> Option<Outcome> {
        // The machine never stops while something is left, and it may when nothing is.
        let given = budget.checked_sub(1)?.min(MOST);
        let mut run = Run {
            program: &self.program,
            src,
            pattern,
            stack: &mut self.stack,
            captures: &mut self.captures,
            left: given,
            shown: self.program.len(),
            start: self.start,
            at: self.start,
        };
        let known = &mut self.prefilter;
        if *known == Prefilter::Unknown {
            *known = run.prefilter()?;
        }
        let matches = run.attempts(*known, self.anchored)?;
        *budget -= given - run.left;
        let (start, end, shown) = (run.start, run.at, run.shown);
        (self.start, self.at) = (start, end);
        self.program.set_len(shown);
        self.phase = if matches {
            Phase::Matched
        } else {
            Phase::Missed
        };
        Some(match matches {
            true => Outcome::Match { start, end },
            false => Outcome::NoMatch,
        })
    }
}

impl Matcher {
    /// Takes back what a quick match has left. `is_first` tells that it was the first of its pattern.
    #[cold]
    pub(crate) fn give_up(&mut self, is_first: bool) {
        self.captures.fill(Capture::Position(0));
        self.stack.clear();
        if is_first {
            self.prefilter = Prefilter::Unknown;
        }
    }
}

impl<'a> Run<'a> {
    #[inline(always)]
    fn pay(&mut self, cost: u64) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    /// What the budget pays for of the subject from a place on, and whether that is all of it. Work that is not paid
    /// for would be done again by the machine, and how long it takes has no bound.
    #[inline(always)]
    fn affordable(&self, from: usize, per_unit: usize) -> (&'a [u8], bool) {
        let rest = self.src.get(from..).unwrap_or_default();
        affordable(rest, per_unit, self.left)
    }

    /// What the pattern begins with.
    #[inline(always)]
    fn prefilter(&mut self) -> Option<Prefilter> {
        let head = self.program.head()?;
        self.pay(head.cost)?;
        self.shown = head.items;
        Some(head.test.map_or(Prefilter::Nothing, Prefilter::First))
    }

    /// Tries one place after the other; tells whether the pattern matches at one.
    #[inline(always)]
    fn attempts(&mut self, prefilter: Prefilter, anchored: bool) -> Option<bool> {
        loop {
            if let (Prefilter::First(test), false) = (prefilter, anchored) {
                let per_unit = if matches!(test, Test::Byte(_)) {
                    COMPARED
                } else {
                    TESTED
                };
                let (window, _) = self.affordable(self.start, per_unit);
                let gap = self.program.gap_length(test, window);
                self.pay((gap / per_unit) as u64)?;
                self.start += gap;
                if gap == window.len() {
                    return (self.start == self.src.len()).then_some(false);
                }
            }
            self.at = self.start;
            if self.attempt()? {
                return Some(true);
            }
            if anchored || self.start >= self.src.len() {
                return Some(false);
            }
            self.start += 1;
        }
    }

    /// Tells whether the pattern matches at the current place.
    #[inline(always)]
    fn attempt(&mut self) -> Option<bool> {
        let mut index = 0;
        loop {
            let item = self.item(index)?;
            if matches!(item, Item::Accept) {
                self.stack.clear();
                return Some(true);
            }
            if self.step(item, index)? {
                index += 1;
                continue;
            }
            if self.stack.is_empty() {
                return Some(false);
            }
            match self.back()? {
                Some(next) => index = next,
                None => return Some(false),
            }
        }
    }

    /// Pays for an item and gives it.
    #[inline(always)]
    fn item(&mut self, index: usize) -> Option<Item> {
        let (item, cost) = self.program.read_before(index)?;
        let mut pays = 1;
        if index >= self.shown {
            pays += cost;
            self.shown = index + 1;
        }
        self.pay(pays)?;
        Some(item)
    }

    /// Runs one item at the current place; tells whether it matches.
    #[inline(always)]
    fn step(&mut self, item: Item, index: usize) -> Option<bool> {
        match item {
            Item::One(test) => return Some(self.take(self.passes_here(test), 1)),
            Item::Literal { start, len } => {
                let (start, len) = (start as usize, usize::from(len));
                let wanted = self.pattern.get(start..start + len).unwrap_or_default();
                let here = self.src.get(self.at..self.at + wanted.len());
                let fit = here.is_some_and(|here| same(here, wanted));
                return Some(self.take(fit, wanted.len()));
            }
            Item::Star(test) => return self.repeat(test, 0, index),
            Item::Plus(test) => return self.repeat(test, 1, index),
            Item::Optional(test) => {
                if self.passes_here(test) {
                    self.push(index, self.at, self.at + 1);
                    self.at += 1;
                }
            }
            Item::Lazy(_) => self.push(index, self.at, self.at),
            Item::Open(level) => self.set_capture(level, Capture::Unfinished(self.at)),
            Item::Position(level) => self.set_capture(level, Capture::Position(self.at)),
            Item::Close(level) => self.close(level),
            Item::Balance(open, close) => return self.balance(open, close),
            Item::Frontier(test) => return Some(self.frontier(test)),
            Item::End => return Some(self.at == self.src.len()),
            Item::Accept | Item::Back(_) | Item::Fail(_) => return None,
        }
        Some(true)
    }

    #[inline(always)]
    fn take(&mut self, fit: bool, count: usize) -> bool {
        self.at += if fit { count } else { 0 };
        fit
    }

    #[inline(always)]
    fn passes_here(&self, test: Test) -> bool {
        let here = self.src.get(self.at);
        here.is_some_and(|&byte| self.program.passes(test, byte))
    }

    #[inline(always)]
    fn push(&mut self, item: usize, low: usize, high: usize) {
        self.stack.push(Choice { item, low, high });
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
            *slot = Capture::Span(slot.start(), self.at);
        }
    }

    #[inline(always)]
    fn repeat(&mut self, test: Test, least: usize, index: usize) -> Option<bool> {
        let (window, is_whole) = self.affordable(self.at, TESTED);
        let count = self.program.run_length(test, window);
        if count == window.len() && !is_whole {
            return None;
        }
        self.pay((count / TESTED) as u64)?;
        if count > least {
            self.push(index, self.at + least, self.at + count);
        }
        Some(self.take(count >= least, count))
    }

    #[inline(always)]
    fn balance(&mut self, open: u8, close: u8) -> Option<bool> {
        if self.src.get(self.at) != Some(&open) {
            return Some(false);
        }
        let (window, is_whole) = self.affordable(self.at + 1, WALKED);
        let end = balanced_end(window, open, close);
        if end.is_none() && !is_whole {
            return None;
        }
        self.pay((end.unwrap_or(window.len()) / WALKED) as u64)?;
        Some(match end {
            Some(end) => self.take(true, end + 2),
            None => false,
        })
    }

    #[inline(always)]
    fn frontier(&self, test: Test) -> bool {
        let before = self.at.checked_sub(1).and_then(|at| self.src.get(at));
        let here = self.src.get(self.at);
        let passes = |byte: Option<&u8>| self.program.passes(test, byte.copied().unwrap_or(0));
        !passes(before) && passes(here)
    }

    /// Takes the latest choice differently, and gives the item to go on with if there is a choice.
    #[inline(always)]
    fn back(&mut self) -> Option<Option<usize>> {
        while let Some(choice) = self.stack.last_mut() {
            let next = choice.item + 1;
            let follow = self.program.first_test(next, self.shown, self.pattern);
            let item = self.program.read_before(choice.item);
            let (src, left) = (self.src, &mut self.left);
            let found = match item {
                Some((Item::Lazy(test), _)) => {
                    lengthen(self.program, choice, test, follow, src, left).ok()?
                }
                _ => shorten(self.program, choice, follow, src, left).ok()?,
            };
            if found {
                self.at = choice.high;
                return Some(Some(next));
            }
            self.stack.pop();
        }
        Some(None)
    }
}

/// Where in `text`, which comes after an `open`, the `close` is that closes it.
#[inline(never)]
fn balanced_end(text: &[u8], open: u8, close: u8) -> Option<usize> {
    let mut depth = 0usize;
    text.iter().position(|&byte| {
        if byte == close {
            if depth == 0 {
                return true;
            }
            depth -= 1;
        } else if byte == open {
            depth += 1;
        }
        false
    })
}
