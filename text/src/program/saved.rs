//! A program as bytes, and back: what has been read of a long pattern is not read again. Items and sets stay in the
//! image until matching comes to them. Whoever made the bytes up gets other matches than the pattern's, and no more.
//!
//! ```text
//!   place in the pattern | captures | open ones, a bit each | items | sets | whether a set is being read, and that
//! ```

use super::{Item, Program, Syntax, Test};
use crate::classes::Set;
use crate::image::{Words, error_number, error_of};
use crate::matcher::{MAX_CAPTURES, PatternError};
use crate::pending::PendingSet;
use crate::records::Records;
use std::sync::Arc;

/// Most bytes by which the place may be behind the pattern's end: a `%b` that is cut off ends there.
const BEHIND: usize = 4;

impl Program {
    /// Adds all but items and sets.
    pub(crate) fn save(&self, out: &mut Vec<u8>) {
        let words = [
            self.at as u64,
            self.level.into(),
            self.unfinished.into(),
            self.count() as u64,
            (self.sets_before.len() + self.sets.len()) as u64,
            self.pending.is_some().into(),
        ];
        let pending = self.pending.iter().flat_map(PendingSet::save);
        let words = words.into_iter().chain(pending);
        out.extend(words.flat_map(u64::to_le_bytes));
    }

    /// Adds items and sets, for [`Sizes::fill`].
    pub(crate) fn save_items(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.before.bytes());
        out.extend(self.items.iter().flat_map(|item| item.save()));
        out.extend_from_slice(self.sets_before.bytes());
        let words = self.sets.iter().flat_map(|set| set.0);
        out.extend(words.flat_map(u64::to_le_bytes));
    }

    /// A program that goes on where [`Program::save`] was called, once it has its items.
    pub(crate) fn restore(
        input: &mut Words<'_>,
        len: usize,
        syntax: Syntax,
    ) -> Option<(Program, Sizes)> {
        let (at, level, unfinished) = (input.size()?, input.size()?, input.size()?);
        let sizes = Sizes {
            items: input.size()?,
            sets: input.size()?,
        };
        let pending = match input.next()? {
            0 => None,
            _ => Some(PendingSet::restore(input, len, syntax)?),
        };
        if at > len.checked_add(BEHIND)? || level > MAX_CAPTURES {
            return None;
        }
        let program = Program {
            syntax,
            at,
            level: level as u8,
            unfinished: unfinished as u32,
            pending,
            ..Program::default()
        };
        Some((program, sizes))
    }
}

/// How many items and sets a saved program has.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    items: usize,
    sets: usize,
}

impl Sizes {
    /// Gives a program its items and sets, which stay in the image.
    pub(crate) fn fill(
        self,
        program: &mut Program,
        image: &Arc<Vec<u8>>,
        at: &mut usize,
    ) -> Option<()> {
        program.before = Records::take(image, at, self.items)?;
        program.sets_before = Records::take(image, at, self.sets)?;
        program.shown = self.items;
        Some(())
    }
}

impl Set {
    /// The set that 32 bytes are.
    pub(super) fn restore(bytes: [u8; 32]) -> Set {
        let mut set = Set::default();
        for (word, bytes) in set.0.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_le_bytes(*bytes);
        }
        set
    }
}

impl Test {
    fn save(self) -> (u8, u32) {
        match self {
            Test::Any => (0, 0),
            Test::Byte(byte) => (1, byte.into()),
            Test::Except(byte) => (2, byte.into()),
            Test::Class(mask) => (3, mask),
            Test::Set(index) => (4, index),
        }
    }

    fn restore(kind: u8, n: u32) -> Option<Test> {
        Some(match kind {
            0 => Test::Any,
            1 => Test::Byte(n as u8),
            2 => Test::Except(n as u8),
            3 => Test::Class(n),
            4 => Test::Set(n),
            _ => return None,
        })
    }
}

impl Item {
    /// An item as eight bytes: its kind, two small numbers, a spare byte, a large number.
    fn save(self) -> [u8; 8] {
        let with = |kind, test: Test| {
            let (of, n) = test.save();
            (kind, of, 0, n)
        };
        let (kind, a, b, n) = match self {
            Item::One(test) => with(0, test),
            Item::Optional(test) => with(1, test),
            Item::Star(test) => with(2, test),
            Item::Plus(test) => with(3, test),
            Item::Lazy(test) => with(4, test),
            Item::Frontier(test) => with(5, test),
            Item::Literal { start, len } => (6, len, 0, start),
            Item::Open(level) => (7, level, 0, 0),
            Item::Position(level) => (8, level, 0, 0),
            Item::Close(level) => (9, level, 0, 0),
            Item::Back(level) => (10, level, 0, 0),
            Item::Balance(open, close) => (11, open, close, 0),
            Item::End => (12, 0, 0, 0),
            Item::Accept => (13, 0, 0, 0),
            Item::Fail(error) => (14, 0, 0, error_number(error) as u32),
        };
        let [n0, n1, n2, n3] = n.to_le_bytes();
        [kind, a, b, 0, n0, n1, n2, n3]
    }

    /// The item that eight bytes are: an error for those that are none.
    pub(super) fn restore([kind, a, b, _, n @ ..]: [u8; 8]) -> Item {
        let n = u32::from_le_bytes(n);
        let item = match kind {
            0..=5 => Test::restore(a, n).map(|test| match kind {
                0 => Item::One(test),
                1 => Item::Optional(test),
                2 => Item::Star(test),
                3 => Item::Plus(test),
                4 => Item::Lazy(test),
                _ => Item::Frontier(test),
            }),
            6 => Some(Item::Literal { start: n, len: a }),
            7 => Some(Item::Open(a)),
            8 => Some(Item::Position(a)),
            9 => Some(Item::Close(a)),
            10 => Some(Item::Back(a)),
            11 => Some(Item::Balance(a, b)),
            12 => Some(Item::End),
            13 => Some(Item::Accept),
            14 => error_of(n.into()).map(Item::Fail),
            _ => None,
        };
        item.unwrap_or(Item::Fail(PatternError::Corrupt))
    }
}
