//! Lists and tables that get long without being moved: moving them when there is more takes the longer the longer they are.
//! They know sizes only.

use hashbrown::HashTable;

/// Entries of a list that take long to move.
pub const LONG: usize = 1024;

/// Bytes of a list that take long to move.
const LARGE: usize = 16 << 10;

/// Makes room in a list that is about to get long, for as many as it may have. Memory that is not used costs nothing; where
/// there is no such room the list grows as others do.
#[inline(always)]
pub fn make_room<T>(list: &mut Vec<T>, most: impl FnOnce() -> usize) {
    if list.len() == list.capacity() && list.len() * size_of::<T>() >= LARGE {
        let more = most().saturating_sub(list.len());
        // Without this room it is moved as often as it doubles.
        let _ = list.try_reserve_exact(more);
    }
}

/// The buffer of a list whose entries nobody needs any more, as that of another list whose entries have the same layout. It
/// can be given away, wherever what the entries led to has gone.
pub fn emptied<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    // The standard library collects into the buffer that it takes the entries from.
    list.into_iter().filter_map(|_| None).collect()
}

/// Entries of a table. They are moved as often as it doubles until then.
const MOST: usize = 1_792;
/// Bits of a hash by which what comes after those is divided among further tables.
const BITS: u32 = 6;
/// The lowest of them. A table itself finds its entries by those below, and by the highest.
const LOWEST: u32 = 12;
/// How often is divided. Beyond that only those are together whose hashes are nearly equal.
const DEPTH: u32 = 7;

/// Entries of a hash table that never gets large: where there are many they lie in a tree of tables.
#[derive(Debug)]
pub struct Tables<T> {
    own: HashTable<T>,
    /// None, or one for each value of the bits.
    others: Vec<Tables<T>>,
}

impl<T> Default for Tables<T> {
    fn default() -> Tables<T> {
        Tables::with_capacity(0)
    }
}

impl<T> Tables<T> {
    /// With room for a few entries.
    pub fn with_capacity(few: usize) -> Tables<T> {
        Tables {
            own: HashTable::with_capacity(few),
            others: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.own.is_empty()
    }

    /// Whether it takes long to free.
    pub fn is_long(&self) -> bool {
        self.own.len() >= LONG
    }

    /// The entry with a hash that is wanted.
    #[inline]
    pub fn find(&self, hash: u64, mut is_wanted: impl FnMut(&T) -> bool) -> Option<&T> {
        match self.own.find(hash, &mut is_wanted) {
            None if !self.others.is_empty() => self.find_further(hash, is_wanted),
            found => found,
        }
    }

    #[cold]
    fn find_further(&self, hash: u64, mut is_wanted: impl FnMut(&T) -> bool) -> Option<&T> {
        let (mut tables, mut depth) = (self, 0);
        while let Some(next) = tables.others.get(other(hash, depth)) {
            if let Some(found) = next.own.find(hash, &mut is_wanted) {
                return Some(found);
            }
            (tables, depth) = (next, depth + 1);
        }
        None
    }

    /// Adds an entry that is not there yet.
    #[inline]
    pub fn insert(&mut self, hash: u64, entry: T, hash_of: impl Fn(&T) -> u64) {
        let table = match self.own.len() {
            ..MOST => &mut self.own,
            _ => self.further(hash),
        };
        table.insert_unique(hash, entry, hash_of);
    }

    /// The first table on the way of this hash that is not full.
    #[cold]
    fn further(&mut self, hash: u64) -> &mut HashTable<T> {
        let (mut tables, mut depth) = (self, 0);
        while tables.own.len() >= MOST && depth < DEPTH {
            if tables.others.is_empty() {
                tables.others.resize_with(1 << BITS, Tables::default);
            }
            // There is one for each value.
            tables = &mut tables.others[other(hash, depth)];
            depth += 1;
        }
        &mut tables.own
    }
}

/// Which of the further tables an entry belongs to.
fn other(hash: u64, depth: u32) -> usize {
    (hash >> (LOWEST + BITS * depth)) as usize & ((1 << BITS) - 1)
}

/// Numbers that have values from the beginning.
const FEW: usize = 256;
/// Those of a block.
const BLOCK: usize = 64;

/// A value for each number of many, the default for those that none was given to: in blocks, which are made when one of their
/// numbers gets a value.
#[derive(Debug, Default)]
pub struct Sparse<T> {
    first: Vec<T>,
    blocks: Vec<Vec<T>>,
}

impl<T: Clone + Default> Sparse<T> {
    /// For so many numbers.
    pub fn new(count: usize) -> Sparse<T> {
        let blocks = count.saturating_sub(FEW).div_ceil(BLOCK);
        Sparse {
            first: vec![T::default(); count.min(FEW)],
            blocks: vec![Vec::new(); blocks],
        }
    }

    /// Whether there are no numbers.
    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// The value of a number, if it has one.
    #[inline]
    pub fn get(&self, number: u32) -> Option<&T> {
        match self.first.get(number as usize) {
            None => {
                let number = (number as usize).checked_sub(FEW)?;
                self.blocks.get(number / BLOCK)?.get(number % BLOCK)
            }
            found => found,
        }
    }

    /// The place of a number; `None` when there is no such number.
    #[inline]
    pub fn place(&mut self, number: u32) -> Option<&mut T> {
        match (number as usize).checked_sub(FEW) {
            None => self.first.get_mut(number as usize),
            Some(number) => {
                let block = self.blocks.get_mut(number / BLOCK)?;
                if block.is_empty() {
                    block.resize(BLOCK, T::default());
                }
                block.get_mut(number % BLOCK)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So that chains of equal hashes are met.
    fn hash(number: u32) -> u64 {
        u64::from(number / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    #[test]
    fn tables_find_what_they_were_given_and_nothing_else() {
        let mut tables = Tables::with_capacity(4);
        for number in (0..300_000).step_by(3) {
            let found = tables.find(hash(number), |&other| other == number);
            assert_eq!(found, None);
            tables.insert(hash(number), number, |&other| hash(other));
        }
        assert_eq!(tables.others.len(), 1 << BITS);
        for number in 0..300_000 {
            let found = tables.find(hash(number), |&other| other == number);
            assert_eq!(found.copied(), (number % 3 == 0).then_some(number));
        }
    }

    /// The most entries of one of the tables.
    fn largest<T>(tables: &Tables<T>) -> usize {
        let others = tables.others.iter().map(largest).max();
        tables.own.len().max(others.unwrap_or(0))
    }

    #[test]
    fn no_table_gets_large() {
        let mut tables = Tables::default();
        for number in 0..1_000_000 {
            tables.insert(hash(number), number, |&other| hash(other));
        }
        assert_eq!(largest(&tables), MOST);
    }

    #[test]
    fn equal_hashes_are_together_in_the_end() {
        let mut tables = Tables::default();
        let count = (DEPTH as usize + 2) * MOST;
        for number in 0..count {
            tables.insert(7, number, |_| 7);
        }
        assert_eq!(largest(&tables), 2 * MOST);
        let last = tables.find(7, |&number| number == count - 1);
        assert_eq!(last, Some(&(count - 1)));
    }

    #[test]
    fn sparse_values_are_the_default_until_they_are_given() {
        let mut sparse = Sparse::new(10_000);
        for number in (0..12_000_u32).step_by(777) {
            match sparse.place(number) {
                Some(place) => *place = number + 1,
                None => assert!(number >= 10_000, "{number}"),
            }
        }
        for number in 0..10_000 {
            let expected = if number % 777 == 0 { number + 1 } else { 0 };
            assert_eq!(sparse.get(number).copied().unwrap_or(0), expected);
        }
        let made = sparse.blocks.iter().filter(|block| !block.is_empty());
        assert!(made.count() <= 12);
        assert_eq!(sparse.get(20_000), None);
    }

    #[test]
    fn an_emptied_list_keeps_its_buffer() {
        let list = vec![(1_u32, "two"); 1000];
        let buffer = list.as_ptr().cast::<u8>();
        let emptied = emptied::<_, (u32, &'static str)>(list);
        assert_eq!((emptied.len(), emptied.capacity()), (0, 1000));
        assert_eq!(emptied.as_ptr().cast::<u8>(), buffer);
    }

    #[test]
    fn a_long_list_is_moved_once() {
        let (mut list, mut moves, mut last) = (Vec::new(), 0, 0);
        for number in 0..100_000_u64 {
            make_room(&mut list, || 100_000);
            list.push(number);
            if list.len() * size_of::<u64>() > LARGE && list.capacity() != last {
                (moves, last) = (moves + 1, list.capacity());
            }
        }
        assert_eq!(moves, 1);
    }
}
