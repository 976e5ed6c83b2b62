//! Two sets of small integers: one bit per word of code, one bit per register.

use smallvec::{SmallVec, smallvec};

/// A set of word indices of one function; most functions are short.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BitSet {
    words: SmallVec<[u64; 2]>,
}

impl BitSet {
    /// The empty set over `0..len`.
    pub fn new(len: usize) -> BitSet {
        BitSet {
            words: smallvec![0; len.div_ceil(64)],
        }
    }

    /// Adds an element; one out of range is ignored.
    pub fn insert(&mut self, index: usize) {
        if let Some(word) = self.words.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Whether the element is there.
    pub fn contains(&self, index: usize) -> bool {
        self.words
            .get(index / 64)
            .is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// The smallest element that `other` lacks.
    pub fn first_missing_in(&self, other: &BitSet) -> Option<usize> {
        self.words.iter().enumerate().find_map(|(block, &word)| {
            let missing = word & !other.words.get(block).copied().unwrap_or(0);
            (missing != 0).then(|| block * 64 + missing.trailing_zeros() as usize)
        })
    }

    /// All elements, the smallest first.
    pub fn members(&self) -> impl Iterator<Item = usize> {
        let blocks = self.words.iter().enumerate();
        blocks.flat_map(|(block, &word)| {
            let rest = std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)));
            rest.take_while(|&rest| rest != 0)
                .map(move |rest| block * 64 + rest.trailing_zeros() as usize)
        })
    }

    /// The 64-bit blocks, smallest elements first.
    pub(super) fn blocks(&self) -> &[u64] {
        &self.words
    }
}

/// A set of the first `64 * BLOCKS` registers; others are ignored. With four blocks any value of
/// operand A is an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RegSet<const BLOCKS: usize>([u64; BLOCKS]);

impl<const BLOCKS: usize> RegSet<BLOCKS> {
    /// No registers.
    pub(super) const EMPTY: RegSet<BLOCKS> = RegSet([0; BLOCKS]);

    /// The registers from `first` on.
    pub(super) fn from(first: u16) -> RegSet<BLOCKS> {
        RegSet(std::array::from_fn(|block| {
            let skip = usize::from(first).saturating_sub(block * 64);
            if skip < 64 { u64::MAX << skip } else { 0 }
        }))
    }

    /// The registers `first..end`.
    pub(super) fn range(first: u16, end: u16) -> RegSet<BLOCKS> {
        RegSet::from(first).minus(RegSet::from(end))
    }

    pub(super) fn contains(&self, reg: u8) -> bool {
        let block = self.0.get(usize::from(reg >> 6));
        block.is_some_and(|block| block >> (reg & 63) & 1 == 1)
    }

    pub(super) fn insert(&mut self, reg: u8) {
        if let Some(block) = self.0.get_mut(usize::from(reg >> 6)) {
            *block |= 1 << (reg & 63);
        }
    }

    pub(super) fn remove(&mut self, reg: u8) {
        if let Some(block) = self.0.get_mut(usize::from(reg >> 6)) {
            *block &= !(1 << (reg & 63));
        }
    }

    pub(super) fn and(self, other: RegSet<BLOCKS>) -> RegSet<BLOCKS> {
        RegSet(std::array::from_fn(|block| self.0[block] & other.0[block]))
    }

    pub(super) fn or(self, other: RegSet<BLOCKS>) -> RegSet<BLOCKS> {
        RegSet(std::array::from_fn(|block| self.0[block] | other.0[block]))
    }

    pub(super) fn minus(self, other: RegSet<BLOCKS>) -> RegSet<BLOCKS> {
        RegSet(std::array::from_fn(|block| self.0[block] & !other.0[block]))
    }

    /// The smallest element.
    pub(super) fn first(&self) -> Option<u8> {
        let block = self.0.iter().position(|&word| word != 0)?;
        Some((block * 64) as u8 + self.0[block].trailing_zeros() as u8)
    }

    /// One more than the largest element, 0 for the empty set.
    pub(super) fn end(&self) -> u16 {
        match self.0.iter().rposition(|&word| word != 0) {
            Some(block) => (block as u16 + 1) * 64 - self.0[block].leading_zeros() as u16,
            None => 0,
        }
    }
}
