//! Sets of granules: the pieces of 16 bytes that a guest's memory is given out in, one bit each. Must not
//! know what lies in them.

/// Bytes of a granule.
pub(super) const GRANULE: u32 = 16;
/// Granules of one word of bits.
const PER_WORD: u32 = 64;

/// A set of granules of the memory between two offsets.
#[derive(Debug)]
pub(super) struct Granules {
    base: u32,
    words: Vec<u64>,
}

impl Granules {
    /// The empty set over `size` bytes from `base` on.
    pub fn new(base: u32, size: u32) -> Granules {
        let words = vec![0; (size / GRANULE).div_ceil(PER_WORD) as usize];
        Granules { base, words }
    }

    /// The number of the word of a granule, and its bit in there.
    #[inline]
    pub fn place(&self, at: u32) -> (usize, u32) {
        let granule = at.wrapping_sub(self.base) / GRANULE;
        ((granule / PER_WORD) as usize, granule % PER_WORD)
    }

    /// The words of bits, lowest granules first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The same, to be filled.
    pub fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }

    /// Whether the granule at an offset is in the set.
    #[inline]
    pub fn contains(&self, at: u32) -> bool {
        let (word, bit) = self.place(at);
        self.words
            .get(word)
            .is_some_and(|word| word >> bit & 1 != 0)
    }

    /// Adds the granule at an offset.
    #[inline]
    pub fn insert(&mut self, at: u32) {
        let (word, bit) = self.place(at);
        if let Some(word) = self.words.get_mut(word) {
            *word |= 1 << bit;
        }
    }

    /// Adds the granules of `size` bytes from `at` on; tells whether none of them was in the set. What lies
    /// beyond the memory of the set is left out.
    #[inline]
    pub fn claim(&mut self, at: u32, size: u64) -> bool {
        let first = at.wrapping_sub(self.base) / GRANULE;
        let last = first + (size.div_ceil(u64::from(GRANULE)) as u32).max(1) - 1;
        let (low, high) = (first / PER_WORD, last / PER_WORD);
        let from = u64::MAX << (first % PER_WORD);
        let to = u64::MAX >> (PER_WORD - 1 - last % PER_WORD);
        if low == high {
            return self.claim_in(low, from & to);
        }
        let mut was_free = self.claim_in(low, from);
        for word in low + 1..high {
            was_free &= self.claim_in(word, u64::MAX);
        }
        was_free & self.claim_in(high, to)
    }

    #[inline]
    fn claim_in(&mut self, word: u32, bits: u64) -> bool {
        match self.words.get_mut(word as usize) {
            Some(word) => {
                let was_free = *word & bits == 0;
                *word |= bits;
                was_free
            }
            None => false,
        }
    }

    /// Calls `run` with offset and length of each longest run of granules, lowest first, until it refuses.
    pub fn runs(&self, mut run: impl FnMut(u32, u32) -> bool) -> bool {
        let mut open: Option<u32> = None;
        for (i, &word) in self.words.iter().enumerate() {
            let base = i as u32 * PER_WORD;
            if word == 0 && open.is_none() || word == u64::MAX && open.is_some() {
                continue;
            }
            let mut bit = 0;
            while bit < PER_WORD {
                let rest = word >> bit;
                match open {
                    None if rest == 0 => break,
                    None => {
                        bit += rest.trailing_zeros();
                        open = Some(base + bit);
                    }
                    Some(from) => {
                        bit += rest.trailing_ones().min(PER_WORD - bit);
                        if bit < PER_WORD {
                            open = None;
                            if !run(self.base + from * GRANULE, (base + bit - from) * GRANULE) {
                                return false;
                            }
                        }
                    }
                }
            }
        }
        let end = self.words.len() as u32 * PER_WORD;
        open.is_none_or(|from| run(self.base + from * GRANULE, (end - from) * GRANULE))
    }

    /// How many granules are in the set.
    pub fn count(&self) -> u64 {
        self.words
            .iter()
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::Granules;

    #[test]
    fn runs_are_what_was_claimed() {
        let mut set = Granules::new(1 << 15, 1 << 14);
        for (at, size) in [
            (0, 1),
            (48, 100),
            (1024, 4096),
            (1024 + 4096, 16),
            (16368, 16),
        ] {
            assert!(set.claim((1 << 15) + at, size));
        }
        let mut runs = vec![];
        set.runs(|at, len| {
            runs.push((at - (1 << 15), len));
            true
        });
        assert_eq!(runs, [(0, 16), (48, 112), (1024, 4112), (16368, 16)]);
        assert_eq!(set.count() * 16, 16 + 112 + 4112 + 16);
    }

    #[test]
    fn what_is_claimed_twice_is_noticed() {
        let mut set = Granules::new(1 << 15, 1 << 14);
        assert!(set.claim((1 << 15) + 4096, 2000));
        assert!(!set.claim((1 << 15) + 6080, 16));
        assert!(set.claim((1 << 15) + 6096, 16));
        assert!(!set.claim((1 << 15) + 4080, 4096));
        assert!(!set.claim(3 << 14, 16));
    }
}
