//! Patterns as lists of items, built one item at a time as matching first reaches them.
//! Syntax only: nothing here looks at the subject.
//!
//! A Lua pattern is a straight line: only single-byte items repeat and there is no
//! alternative. So the number of a capture, and every error, is a fact of a place in the
//! pattern and can be settled while it is read. An error becomes an item, because Lua
//! raises it only when matching gets there.

use crate::classes::{Set, class_mask};
use crate::matcher::{MAX_CAPTURES, PatternError};
use crate::pending::PendingSet;
use crate::records::Records;

mod passing;
mod saved;

/// Which patterns there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Syntax {
    /// Those of Lua 5.1: a zero byte ends a pattern, and `%g` is the letter g.
    #[default]
    Lua51,
    /// A zero byte is one like others, and `%g` is every byte that can be seen.
    Extended,
}

impl Syntax {
    /// Whether the pattern ends before its byte `at`.
    #[inline(always)]
    pub(crate) fn ends(self, pattern: &[u8], at: usize) -> bool {
        match pattern.get(at) {
            None => true,
            Some(0) => self == Syntax::Lua51,
            Some(_) => false,
        }
    }

    /// What `%letter` tests for outside of a set.
    pub(crate) fn escaped(self, letter: u8) -> Test {
        class_mask(letter, self).map_or(Test::Byte(letter), Test::Class)
    }
}

/// Longest run of ordinary bytes in one item, so that one step compares a bounded amount.
const MAX_LITERAL: usize = 255;
/// Bytes of a set read in one step.
const SET_STEP: usize = 256;
/// No pattern has more items that are parentheses. One that was made up is not searched for what is behind more.
pub(crate) const MAX_PARENTHESES: usize = 2 * MAX_CAPTURES;
/// Most items a pattern may have. Only patterns of hundreds of kilobytes reach it.
pub(crate) const MAX_ITEMS: usize = 1 << 17;
/// Bytes of a pattern beyond which it is long: then there is room for all that it may have from the start, because moving
/// much when there is more would take long.
pub(crate) const LONG: usize = 1024;

/// What one byte of the subject is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Test {
    Any,
    Byte(u8),
    Except(u8),
    /// A mask into [`CLASSES`].
    Class(u32),
    /// An index into the program's sets.
    Set(u32),
}

/// One step of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    One(Test),
    Optional(Test),
    Star(Test),
    Plus(Test),
    Lazy(Test),
    /// A run of ordinary bytes of the pattern.
    Literal {
        start: u32,
        len: u8,
    },
    Open(u8),
    Position(u8),
    Close(u8),
    Back(u8),
    Balance(u8, u8),
    Frontier(Test),
    /// `$` at the end of the pattern.
    End,
    Accept,
    Fail(PatternError),
}

/// Longest pattern that a program stays known for. Each of its items is read in one step.
pub(crate) const MAX_KNOWN: usize = 64;

/// What a match needs to know before it looks for the place of its first attempt.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Head {
    /// What it begins with, when that is certain: such an item matches at least one byte there.
    pub(crate) test: Option<Test>,
    /// How many items have to be read to know that, and what reading them costs.
    pub(crate) items: usize,
    pub(crate) cost: u64,
}

/// A pattern read as far as matching has needed it.
///
/// A program that is used for its pattern again shows its items one by one, as if they were read: what a
/// match costs, and what it can foresee, must not depend on what was matched before.
#[derive(Clone, Debug, Default)]
pub(crate) struct Program {
    syntax: Syntax,
    items: Vec<Item>,
    sets: Vec<Set>,
    /// The items and sets before those, which a restored match has in its image.
    before: Records<8>,
    sets_before: Records<32>,
    /// How many items the running match has read.
    shown: usize,
    /// What reading each item cost.
    costs: Vec<u8>,
    /// The pattern and where reading began in it, if the program may be used for it again.
    known: Option<(Vec<u8>, usize)>,
    /// The head of the pattern, once it has been read.
    head: Option<Head>,
    /// Next byte of the pattern to read.
    at: usize,
    level: u8,
    /// Captures that are open here, one bit each.
    unfinished: u32,
    pending: Option<PendingSet>,
    /// How often [`Program::advance`] worked: enough to rebuild this state.
    advances: u64,
}

/// A byte of the pattern; zero when there is none.
#[inline(always)]
pub(crate) fn byte(pattern: &[u8], at: usize) -> u8 {
    pattern.get(at).copied().unwrap_or(0)
}

/// Says whether a byte asks for a repetition of the item before it.
fn is_quantifier(byte: u8) -> bool {
    matches!(byte, b'*' | b'+' | b'?' | b'-')
}

impl Program {
    /// Begins with a pattern, from its byte `at` on.
    pub(crate) fn start(&mut self, pattern: &[u8], at: usize, syntax: Syntax) {
        if !self.take_up(pattern, at, syntax) {
            self.reset(pattern, at, syntax);
        }
    }

    /// Begins with a pattern if its items are those; tells whether they are.
    #[inline(always)]
    pub(crate) fn take_up(&mut self, pattern: &[u8], at: usize, syntax: Syntax) -> bool {
        let is_for = self.is_for(pattern, at, syntax);
        if is_for {
            (self.shown, self.advances) = (0, 0);
        }
        is_for
    }

    /// Whether the items are those of this pattern.
    #[inline(always)]
    fn is_for(&self, pattern: &[u8], at: usize, syntax: Syntax) -> bool {
        let known = |(known, from): &(Vec<u8>, usize)| *from == at && same(known, pattern);
        self.syntax == syntax && self.known.as_ref().is_some_and(known)
    }

    /// Whether it may be used for its pattern again.
    #[inline]
    pub(crate) fn is_known(&self) -> bool {
        self.known.is_some()
    }

    /// The head of the pattern, if a match has read it.
    #[inline(always)]
    pub(crate) fn head(&self) -> Option<Head> {
        self.head
    }

    /// Item `index` if any match has read it, and what reading it costs.
    #[inline(always)]
    pub(crate) fn read_before(&self, index: usize) -> Option<(Item, u64)> {
        let (item, cost) = (self.items.get(index)?, self.costs.get(index)?);
        Some((*item, u64::from(*cost)))
    }

    /// Makes `shown` items those that the running match has read, which an earlier one has read as well.
    #[inline(always)]
    pub(crate) fn set_len(&mut self, shown: usize) {
        self.advances += (shown - self.shown) as u64;
        self.shown = shown;
    }

    /// The pattern that the items are known for.
    pub(crate) fn pattern(&self) -> Option<&[u8]> {
        self.known.as_ref().map(|(pattern, _)| pattern.as_slice())
    }

    /// Forgets everything.
    fn reset(&mut self, pattern: &[u8], at: usize, syntax: Syntax) {
        let kept = pattern.len() <= MAX_KNOWN;
        self.known = kept.then(|| (pattern.to_vec(), at));
        self.syntax = syntax;
        self.items.clear();
        self.sets.clear();
        self.before.clear();
        self.sets_before.clear();
        self.costs.clear();
        self.head = None;
        self.shown = 0;
        self.at = at;
        self.level = 0;
        self.unfinished = 0;
        self.pending = None;
        self.advances = 0;
        if pattern.len() > LONG {
            let items = pattern.len().min(MAX_ITEMS) + 1;
            self.items.reserve(items);
            self.costs.reserve(items);
        }
    }

    /// Item `index`, if it has been read.
    #[inline(always)]
    pub(crate) fn item(&self, index: usize) -> Option<Item> {
        match index < self.shown {
            true => self.any_item(index),
            false => None,
        }
    }

    /// Item `index`, if it is there.
    #[inline(always)]
    fn any_item(&self, index: usize) -> Option<Item> {
        match self.items.get(index.wrapping_sub(self.before.len())) {
            Some(item) => Some(*item),
            None => self.before.get(index).map(Item::restore),
        }
    }

    /// How many items are there.
    #[inline(always)]
    fn count(&self) -> usize {
        self.before.len() + self.items.len()
    }

    /// Item `index`, which the running match has not read but an earlier one has, if `budget` pays for
    /// reading it.
    #[inline(always)]
    pub(crate) fn show(&mut self, index: usize, budget: &mut u64) -> Option<Item> {
        let cost = u64::from(*self.costs.get(index)?);
        if index != self.shown || *budget < cost {
            return None;
        }
        *budget -= cost;
        self.shown += 1;
        self.advances += 1;
        self.items.get(index).copied()
    }

    /// The head of the pattern, if an earlier match has read it and `budget` pays for reading it again.
    #[inline(always)]
    pub(crate) fn show_head(&mut self, budget: &mut u64) -> Option<Option<Test>> {
        let head = self
            .head
            .filter(|head| head.cost <= *budget && self.shown == 0)?;
        *budget -= head.cost;
        self.shown = head.items;
        self.advances = head.items as u64;
        Some(head.test)
    }

    /// Remembers the head, which has just been read up to item `index`.
    pub(crate) fn keep_head(&mut self, index: usize, pattern: &[u8]) -> Option<Test> {
        let test = self.first_test(index, self.shown, pattern);
        // A head that took more pieces than items is read anew.
        if self.known.is_some() && self.shown == index + 1 {
            let costs = self.costs.iter().take(self.shown);
            self.head = Some(Head {
                test,
                items: self.shown,
                cost: costs.map(|&cost| u64::from(cost)).sum(),
            });
        }
        test
    }

    /// How many items have been read.
    pub(crate) fn len(&self) -> usize {
        self.shown
    }

    /// How many captures the items read so far have.
    #[inline]
    pub(crate) fn level(&self) -> usize {
        if self.shown == self.count() {
            return usize::from(self.level);
        }
        let opens = |item: &&Item| matches!(item, Item::Open(_) | Item::Position(_));
        self.items.iter().take(self.shown).filter(opens).count()
    }

    /// The count of [`Program::advance`] calls.
    pub(crate) fn advances(&self) -> u64 {
        self.advances
    }

    /// Says whether nothing is left to read.
    pub(crate) fn finished(&self) -> bool {
        let last = self
            .shown
            .checked_sub(1)
            .and_then(|last| self.any_item(last));
        self.shown == self.count() && matches!(last, Some(Item::Accept | Item::Fail(_)))
    }

    /// Reads a bounded piece of the pattern, at most one item, and says what that cost.
    #[inline]
    pub(crate) fn advance(&mut self, pattern: &[u8]) -> u64 {
        if let Some(&cost) = self.costs.get(self.shown) {
            self.shown += 1;
            self.advances += 1;
            return u64::from(cost);
        }
        if self.finished() {
            return 1;
        }
        self.advances += 1;
        let cost = self.read(pattern);
        self.shown = self.count();
        // A piece costs at most what a step of a set does.
        self.costs.resize(self.items.len(), cost as u8);
        cost
    }

    fn read(&mut self, pattern: &[u8]) -> u64 {
        if self.count() >= MAX_ITEMS {
            self.items.push(Item::Fail(PatternError::TooComplex));
            return 1;
        }
        if self.pending.is_some() {
            return self.advance_set(pattern);
        }
        let at = self.at;
        match byte(pattern, at) {
            _ if self.syntax.ends(pattern, at) => self.items.push(Item::Accept),
            b'(' => self.open(pattern),
            b')' => self.close(),
            b'$' if self.syntax.ends(pattern, at + 1) => {
                self.at += 1;
                self.items.push(Item::End);
            }
            b'%' => return self.escape(pattern),
            b'[' => return self.begin_set(pattern, at, false),
            b'.' => self.single(pattern, Test::Any, at + 1),
            other if other != b'$' && !is_quantifier(byte(pattern, at + 1)) => {
                return self.literal(pattern);
            }
            other => self.single(pattern, Test::Byte(other), at + 1),
        }
        1
    }

    /// `(` and `()`.
    fn open(&mut self, pattern: &[u8]) {
        let position = byte(pattern, self.at + 1) == b')';
        self.at += if position { 2 } else { 1 };
        if self.level() >= MAX_CAPTURES {
            self.items.push(Item::Fail(PatternError::TooManyCaptures));
            return;
        }
        let level = self.level;
        self.level += 1;
        if position {
            self.items.push(Item::Position(level));
        } else {
            self.unfinished |= 1 << level;
            self.items.push(Item::Open(level));
        }
    }

    /// `)` closes the capture opened last that is still open.
    fn close(&mut self) {
        self.at += 1;
        self.items.push(match self.unfinished.checked_ilog2() {
            Some(level) => {
                self.unfinished &= !(1 << level);
                Item::Close(level as u8)
            }
            None => Item::Fail(PatternError::InvalidPatternCapture),
        });
    }

    /// Everything that begins with `%`.
    fn escape(&mut self, pattern: &[u8]) -> u64 {
        let at = self.at;
        match byte(pattern, at + 1) {
            _ if self.syntax.ends(pattern, at + 1) => {
                self.items.push(Item::Fail(PatternError::EndsInEscape));
            }
            b'b' => self.balance(pattern),
            b'f' if byte(pattern, at + 2) == b'[' => return self.begin_set(pattern, at + 2, true),
            b'f' => self
                .items
                .push(Item::Fail(PatternError::FrontierWithoutSet)),
            digit if digit.is_ascii_digit() => self.back_reference(digit),
            letter => self.single(pattern, self.syntax.escaped(letter), at + 2),
        }
        1
    }

    /// `%bxy`.
    fn balance(&mut self, pattern: &[u8]) {
        let (open, close) = (byte(pattern, self.at + 2), byte(pattern, self.at + 3));
        let ends = |at| self.syntax.ends(pattern, at);
        let unbalanced = ends(self.at + 2) || ends(self.at + 3);
        self.at += 4;
        self.items.push(if unbalanced {
            Item::Fail(PatternError::Unbalanced)
        } else {
            Item::Balance(open, close)
        });
    }

    /// `%1` to `%9`.
    fn back_reference(&mut self, digit: u8) {
        self.at += 2;
        let index = digit.wrapping_sub(b'1');
        let known = index < self.level && self.unfinished >> index & 1 == 0;
        self.items.push(if known {
            Item::Back(index)
        } else {
            Item::Fail(PatternError::InvalidCaptureIndex)
        });
    }

    /// Adds a single-byte item and takes the quantifier at `next`, if there is one.
    fn single(&mut self, pattern: &[u8], test: Test, next: usize) {
        let quantifier = byte(pattern, next);
        self.at = next + usize::from(is_quantifier(quantifier));
        self.items.push(match quantifier {
            b'*' => Item::Star(test),
            b'+' => Item::Plus(test),
            b'?' => Item::Optional(test),
            b'-' => Item::Lazy(test),
            _ => Item::One(test),
        });
    }

    /// A run of bytes that stand for themselves; the first is known to be one.
    fn literal(&mut self, pattern: &[u8]) -> u64 {
        let start = self.at;
        let rest = pattern.get(start..).unwrap_or_default();
        let mut len = 1;
        while len < MAX_LITERAL {
            let next = byte(rest, len);
            let special = matches!(next, b'(' | b')' | b'%' | b'[' | b'.' | b'$');
            let ends = special || self.syntax.ends(rest, len);
            if ends || is_quantifier(byte(rest, len + 1)) {
                break;
            }
            len += 1;
        }
        self.at = start + len;
        self.items.push(match (len, u32::try_from(start)) {
            (1, _) => Item::One(Test::Byte(byte(rest, 0))),
            (_, Ok(start)) => Item::Literal {
                start,
                len: len as u8,
            },
            (_, Err(_)) => Item::Fail(PatternError::TooComplex),
        });
        1 + len as u64 / 16
    }

    /// Starts on a set whose `[` is at `bracket`.
    fn begin_set(&mut self, pattern: &[u8], bracket: usize, frontier: bool) -> u64 {
        self.pending = Some(PendingSet::after(bracket, pattern, frontier, self.syntax));
        self.advance_set(pattern)
    }

    /// Goes on reading the pending set for at most [`SET_STEP`] bytes.
    fn advance_set(&mut self, pattern: &[u8]) -> u64 {
        let Some(mut pending) = self.pending.take() else {
            return 1;
        };
        let mut left = SET_STEP;
        match pending.read(pattern, &mut left) {
            Ok(None) => self.pending = Some(pending),
            Err(error) => self.items.push(Item::Fail(error)),
            Ok(Some((test, next))) => {
                let test = test.unwrap_or_else(|| self.keep(pending.finished_set()));
                if pending.frontier {
                    self.at = next;
                    self.items.push(Item::Frontier(test));
                } else {
                    self.single(pattern, test, next);
                }
            }
        }
        1 + (SET_STEP - left) as u64 / 8
    }

    /// Stores a set and gives the test for it.
    fn keep(&mut self, set: Set) -> Test {
        // Cannot truncate: there are fewer sets than MAX_ITEMS.
        let index = (self.sets_before.len() + self.sets.len()) as u32;
        if self.sets.len() == LONG {
            self.sets.reserve(MAX_ITEMS);
        }
        self.sets.push(set);
        Test::Set(index)
    }

    /// A stored set; the empty one for an index that does not exist.
    #[inline(always)]
    fn set(&self, index: u32) -> Set {
        let index = index as usize;
        match self.sets.get(index.wrapping_sub(self.sets_before.len())) {
            Some(set) => *set,
            None => self
                .sets_before
                .get(index)
                .map_or(Set::default(), Set::restore),
        }
    }

    /// The test that a match of what follows item `index` begins with, when its first byte
    /// is certain: such an item matches at least one byte there. Only the first `shown` items count.
    #[inline]
    pub(crate) fn first_test(
        &self,
        mut index: usize,
        shown: usize,
        pattern: &[u8],
    ) -> Option<Test> {
        let most = index + MAX_PARENTHESES;
        loop {
            let item = (index < shown).then(|| self.any_item(index)).flatten()?;
            return match item {
                Item::Open(_) | Item::Position(_) | Item::Close(_) if index < most => {
                    index += 1;
                    continue;
                }
                Item::One(test) | Item::Plus(test) => Some(test),
                Item::Literal { start, .. } => Some(Test::Byte(byte(pattern, start as usize))),
                Item::Balance(open, _) => Some(Test::Byte(open)),
                _ => None,
            };
        }
    }
}

/// Whether two texts are the same: mostly short ones, for which a call would take longer.
#[inline(always)]
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() || one.len() > 8 {
        return one == other;
    }
    match (one.first_chunk::<4>(), one.last_chunk::<4>()) {
        (Some(first), Some(last)) => other.starts_with(first) && other.ends_with(last),
        _ => one.iter().eq(other),
    }
}
