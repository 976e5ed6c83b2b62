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

/// Entries of the first table, and of the largest. Those of one are moved as often as it doubles.
const FIRST: usize = 1_792;
const LARGEST: usize = 57_344;

/// Entries of a hash table: where there are many of them in several tables, each of which has been made for as many as it
/// gets.
#[derive(Debug)]
pub struct Tables<T> {
    first: HashTable<T>,
    others: Vec<HashTable<T>>,
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
            first: HashTable::with_capacity(few),
            others: Vec::new(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.first.is_empty()
    }

    /// Whether it takes long to free.
    pub fn is_long(&self) -> bool {
        self.first.len() >= LONG
    }

    /// The entry with a hash that is wanted.
    #[inline]
    pub fn find(&self, hash: u64, mut is_wanted: impl FnMut(&T) -> bool) -> Option<&T> {
        match self.first.find(hash, &mut is_wanted) {
            None if !self.others.is_empty() => self.find_further(hash, is_wanted),
            found => found,
        }
    }

    #[cold]
    fn find_further(&self, hash: u64, mut is_wanted: impl FnMut(&T) -> bool) -> Option<&T> {
        let mut tables = self.others.iter();
        tables.find_map(|table| table.find(hash, &mut is_wanted))
    }

    /// Adds an entry that is not there yet.
    #[inline]
    pub fn insert(&mut self, hash: u64, entry: T, hash_of: impl Fn(&T) -> u64) {
        let table = match self.first.len() {
            ..FIRST => &mut self.first,
            _ => self.last(),
        };
        table.insert_unique(hash, entry, hash_of);
    }

    /// The last table, or a new one if that is full.
    #[cold]
    fn last(&mut self) -> &mut HashTable<T> {
        let size = |number: usize| (FIRST << number.min(16)).min(LARGEST);
        let number = self.others.len();
        let is_full = self
            .others
            .last()
            .is_none_or(|last| last.len() >= size(number));
        if is_full {
            self.others.push(HashTable::with_capacity(size(number + 1)));
        }
        let number = self.others.len() - 1;
        self.others.get_mut(number).unwrap_or(&mut self.first)
    }
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
        assert_eq!(tables.others.len(), 5);
        for number in 0..300_000 {
            let found = tables.find(hash(number), |&other| other == number);
            assert_eq!(found.copied(), (number % 3 == 0).then_some(number));
        }
    }

    #[test]
    fn a_table_is_never_larger_than_it_was_made_for() {
        let mut tables = Tables::default();
        for number in 0..300_000 {
            tables.insert(hash(number), number, |&other| hash(other));
        }
        assert!(tables.first.len() <= FIRST);
        for (number, table) in tables.others.iter().enumerate() {
            assert!(table.len() <= LARGEST, "{number}");
            let made_for = HashTable::<u32>::with_capacity(table.len()).capacity();
            assert!(table.capacity() <= made_for.max(2 * LARGEST), "{number}");
        }
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
