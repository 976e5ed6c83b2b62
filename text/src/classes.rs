//! Byte classes of patterns (`%a`, `%d`, …) in the C locale, as constant tables.
//! Nothing here knows pattern syntax beyond the letter after `%`.

use crate::program::Syntax;

/// Letters that name a class, in the order of their bits in [`CLASSES`].
const LETTERS: &[u8; 11] = b"acdlpsuwxzg";

/// How many of them Lua 5.1 has; the others are additions.
const LETTERS_OF_51: usize = 10;

/// For each byte, bit `i` says it is in class `LETTERS[i]` and bit `16 + i` that it is not,
/// so one mask serves `%a` as well as `%A`.
pub(crate) const CLASSES: [u32; 256] = class_bits();

/// The classes as sets, those of [`LETTERS`] first and then their complements.
const CLASS_SETS: [Set; 2 * LETTERS.len()] = class_sets();

/// Says whether `byte` is in the class called `letter` (lower case).
const fn in_class(letter: u8, byte: u8) -> bool {
    match letter {
        b'a' => byte.is_ascii_alphabetic(),
        b'c' => byte.is_ascii_control(),
        b'd' => byte.is_ascii_digit(),
        b'g' => byte.is_ascii_graphic(),
        b'l' => byte.is_ascii_lowercase(),
        b'p' => byte.is_ascii_punctuation(),
        b's' => matches!(byte, b' ' | b'\t'..=b'\r'),
        b'u' => byte.is_ascii_uppercase(),
        b'w' => byte.is_ascii_alphanumeric(),
        b'x' => byte.is_ascii_hexdigit(),
        _ => byte == 0,
    }
}

const fn class_bits() -> [u32; 256] {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut class = 0;
        while class < LETTERS.len() {
            let shift = if in_class(LETTERS[class], byte as u8) {
                class
            } else {
                class + 16
            };
            table[byte] |= 1 << shift;
            class += 1;
        }
        byte += 1;
    }
    table
}

const fn class_sets() -> [Set; 2 * LETTERS.len()] {
    let mut sets = [Set([0; 4]); 2 * LETTERS.len()];
    let mut byte = 0;
    while byte < 256 {
        let mut class = 0;
        while class < LETTERS.len() {
            let row = if in_class(LETTERS[class], byte as u8) {
                class
            } else {
                class + LETTERS.len()
            };
            sets[row].0[byte >> 6] |= 1 << (byte & 63);
            class += 1;
        }
        byte += 1;
    }
    sets
}

/// A set of bytes, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set(pub [u64; 4]);

impl Set {
    /// Says whether `byte` is a member.
    #[inline(always)]
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// Adds one byte.
    pub(crate) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    /// Adds every byte from `low` to `high`; none when they are the wrong way round.
    pub(crate) fn add_range(&mut self, low: u8, high: u8) {
        for (index, word) in (0u16..).zip(&mut self.0) {
            let base = index * 64;
            let from = u16::from(low).max(base);
            let to = u16::from(high).min(base + 63);
            if from <= to {
                *word |= (u64::MAX >> (63 - (to - from))) << (from - base);
            }
        }
    }

    /// Adds what `%letter` stands for.
    pub(crate) fn add_escaped(&mut self, letter: u8, syntax: Syntax) {
        match class_index(letter, syntax).and_then(|row| CLASS_SETS.get(row)) {
            Some(class) => {
                for (word, more) in self.0.iter_mut().zip(class.0) {
                    *word |= more;
                }
            }
            None => self.add(letter),
        }
    }

    /// The bytes that are not members.
    pub(crate) fn complement(self) -> Set {
        Set(self.0.map(|word| !word))
    }
}

/// The mask into [`CLASSES`] of the class that `%letter` names, if it names one.
pub(crate) fn class_mask(letter: u8, syntax: Syntax) -> Option<u32> {
    let row = class_index(letter, syntax)?;
    Some(match row.checked_sub(LETTERS.len()) {
        None => 1 << row,
        Some(complement) => 1 << (complement + 16),
    })
}

/// The row of [`CLASS_SETS`] for `%letter`: upper case letters name complements.
fn class_index(letter: u8, syntax: Syntax) -> Option<usize> {
    let row = LETTERS
        .iter()
        .position(|&name| name == letter.to_ascii_lowercase())
        .filter(|&row| row < LETTERS_OF_51 || syntax == Syntax::Extended)?;
    Some(if letter.is_ascii_uppercase() {
        row + LETTERS.len()
    } else {
        row
    })
}
