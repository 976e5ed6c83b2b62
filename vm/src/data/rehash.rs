//! The parts of a table: how large they are to be, and how its entries get from the old ones into the new ones. Must
//! not know when that is to be.

use super::table::{Entry, insert_or_fill};
use crate::heap::{self, NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Table, node};
use crate::value::{Value, small_int};

/// Most bits of an array or node part's size.
const MAX_BITS: u32 = 26;

/// Counts of integer keys by power of two: `slots[b]` counts keys in (2^(b-1), 2^b].
#[derive(Default)]
pub(super) struct Census {
    slots: [u32; MAX_BITS as usize + 1],
    integers: u32,
    total: u32,
}

impl Census {
    pub fn add(&mut self, key: Value) {
        self.total += 1;
        if let Some(i) = key.as_number().and_then(small_int)
            && i >= 1
            && let Some(slot) = self.slots.get_mut(ceil_log2(i as u32) as usize)
        {
            *slot += 1;
            self.integers += 1;
        }
    }

    /// Counts what is in `count` array slots, from the number `from` on, from 0. Those of one power of two are counted
    /// together.
    pub fn add_slots(&mut self, mem: &Mem<'_>, t: Table, from: u32, count: u32) {
        let array = mem.get(t.0, Table::ARRAY).wrapping_add(8);
        let (mut at, end) = (from, from + count);
        while at < end {
            let bits = ceil_log2(at + 1);
            let to = end.min(1 << bits);
            let words: &[[u8; 8]] = mem.bytes(array + at * 8, (to - at) * 8).as_chunks().0;
            let is_there = |word: &&[u8; 8]| !Value(u64::from_le_bytes(**word)).is_nil();
            let there = words.iter().filter(is_there).count() as u32;
            if let Some(slot) = self.slots.get_mut(bits as usize) {
                *slot += there;
                self.integers += there;
            }
            self.total += there;
            at = to;
        }
    }

    /// Counts what is in `count` nodes, the first of which is at `first`.
    pub fn add_nodes(&mut self, mem: &Mem<'_>, first: u32, count: u32) {
        for i in 0..count {
            let n = first + i * node::SIZE;
            if !Value(mem.get(n, node::VALUE)).is_nil() {
                self.add(Value(mem.get(n, node::KEY)));
            }
        }
    }

    /// The slots that the array part gets, and the keys that are to be in nodes.
    pub fn sizes(&self) -> (u32, u32) {
        let (array, in_array) = self.best_array();
        (array, self.total - in_array)
    }

    /// The largest n (a power of two) such that more than half of 1..n is in use, and how many that is.
    fn best_array(&self) -> (u32, u32) {
        let (mut size, mut used, mut sum) = (0, 0, 0);
        for (bits, &count) in self.slots.iter().enumerate() {
            let limit = 1u32 << bits;
            if limit / 2 >= self.integers {
                break;
            }
            sum += count;
            if count > 0 && sum > limit / 2 {
                (size, used) = (limit, sum);
            }
        }
        (size, used)
    }

    /// What the root page has kept of one.
    pub fn load(mem: &Mem<'_>) -> Census {
        let word = |i: u32| mem.load(AT + u32::from(root::GROWN_CENSUS) + i * 4);
        let mut census = Census {
            integers: word(0),
            total: word(1),
            ..Census::default()
        };
        for (i, slot) in (2..).zip(&mut census.slots) {
            *slot = word(i);
        }
        census
    }

    /// Keeps it in the root page.
    pub fn save(&self, mem: &mut Mem<'_>) {
        let words = [self.integers, self.total].into_iter().chain(self.slots);
        for (i, word) in (0..).zip(words) {
            mem.store(AT + u32::from(root::GROWN_CENSUS) + i * 4, word);
        }
    }
}

fn ceil_log2(n: u32) -> u32 {
    32 - (n - 1).leading_zeros().min(32)
}

/// Makes room in a table for one more key than it has, which is `extra`.
pub(super) fn rehash(mem: &mut Mem<'_>, t: Table, extra: Value) -> Result<(), NoMemory> {
    let mut census = Census::default();
    let old = Parts::of(mem, t);
    census.add_slots(mem, t, 0, old.asize);
    census.add_nodes(mem, old.nodes, old.node_count);
    census.add(extra);
    let (array, nodes) = census.sizes();
    resize(mem, t, array, nodes)
}

/// Gives the table an array part of `array` slots and a node part for `nodes` keys.
pub fn resize(mem: &mut Mem<'_>, t: Table, array: u32, nodes: u32) -> Result<(), NoMemory> {
    let new = Parts::make(mem, array, nodes)?;
    let old = Parts::of(mem, t);
    clear_nodes(mem, new.nodes, new.node_count);
    // Even an empty fill would cost much here: the processor is slow with stores of no bytes to a page
    // that nobody has touched.
    if array > 0 {
        mem.bytes_mut(new.array, array * 8).fill(0xff);
        mem.copy(old.array, new.array, old.asize.min(array) * 8);
    }
    new.give_to(mem, t);
    barrier::rearranged(mem, t);
    let left_over = old.asize.saturating_sub(array);
    old.reinsert_slots(mem, t, array, left_over)?;
    old.reinsert_nodes(mem, t, 0, old.node_count)?;
    old.release(mem);
    Ok(())
}

/// Makes `count` nodes free that are one behind the other, from `first` on.
pub(super) fn clear_nodes(mem: &mut Mem<'_>, first: u32, count: u32) {
    for i in 0..count {
        let n = first + i * node::SIZE;
        mem.set(n, node::KEY, Value::NIL.0);
        mem.set(n, node::VALUE, Value::NIL.0);
        mem.set(n, node::NEXT_HASH, 0);
    }
}

/// The two parts that a table has, had, or is to have.
pub(crate) struct Parts {
    /// The first slot.
    pub array: u32,
    pub asize: u32,
    pub nodes: u32,
    pub node_count: u32,
}

impl Parts {
    pub fn of(mem: &Mem<'_>, t: Table) -> Parts {
        Parts {
            array: mem.get(t.0, Table::ARRAY).wrapping_add(8),
            asize: mem.get(t.0, Table::ASIZE),
            nodes: mem.get(t.0, Table::NODE),
            node_count: heap::mark::node_count(mem, t.0),
        }
    }

    /// New ones, with anything in them.
    pub fn make(mem: &mut Mem<'_>, array: u32, nodes: u32) -> Result<Parts, NoMemory> {
        if array > 1 << MAX_BITS || nodes > 1 << MAX_BITS {
            return Err(NoMemory);
        }
        let at = match array {
            0 => 0,
            _ => alloc::alloc_blob(mem, u64::from(array) * 8)?,
        };
        let node_count = if nodes == 0 { 0 } else { 1 << ceil_log2(nodes) };
        let nodes = match node_count {
            0 => root::EMPTY_NODE,
            _ => alloc::alloc_blob(mem, u64::from(node_count) * u64::from(node::SIZE))?,
        };
        Ok(Parts {
            array: at,
            asize: array,
            nodes,
            node_count,
        })
    }

    /// Makes them those of a table, whose nodes are all free.
    pub fn give_to(&self, mem: &mut Mem<'_>, t: Table) {
        let biased = match self.asize {
            0 => 0,
            _ => self.array.wrapping_sub(8),
        };
        mem.set(t.0, Table::ARRAY, biased);
        mem.set(t.0, Table::ASIZE, self.asize);
        mem.set(t.0, Table::NODE, self.nodes);
        mem.set(t.0, Table::HMASK, self.node_count.saturating_sub(1));
        let end = self.nodes + self.node_count * node::SIZE;
        mem.set(t.0, Table::LASTFREE, end);
    }

    /// Where they are, and their bytes.
    pub fn places(&self) -> impl Iterator<Item = (u32, u64)> {
        let slots = (self.array, u64::from(self.asize) * 8);
        let nodes = (
            self.nodes,
            u64::from(self.node_count) * u64::from(node::SIZE),
        );
        [slots, nodes].into_iter().filter(|&(_, size)| size > 0)
    }

    /// Slots and nodes.
    pub fn extent(&self) -> u32 {
        self.asize + self.node_count
    }

    /// How many keys are in these that an array part of `asize` slots does not hold.
    pub fn beyond(&self, mem: &Mem<'_>, asize: u32) -> u32 {
        let in_slots = (asize..self.asize)
            .filter(|i| !Value(mem.load(self.array + i * 8)).is_nil())
            .count();
        let is_beyond = |n: &u32| {
            let entry = Entry::at(mem, *n);
            let slot = entry.key.as_number().and_then(small_int);
            !entry.value.is_nil() && !slot.is_some_and(|i| i >= 1 && i as u32 <= asize)
        };
        let in_nodes = (0..self.node_count)
            .map(|i| self.nodes + i * node::SIZE)
            .filter(is_beyond)
            .count();
        (in_slots + in_nodes) as u32
    }

    /// Puts what is in `count` slots, from the number `from` on, from 0, into a table that has other parts.
    pub fn reinsert_slots(
        &self,
        mem: &mut Mem<'_>,
        t: Table,
        from: u32,
        count: u32,
    ) -> Result<(), NoMemory> {
        for i in from..from + count {
            let v = Value(mem.load(self.array + i * 8));
            if !v.is_nil() {
                insert_or_fill(mem, t, Entry::of_number(f64::from(i) + 1.0, v))?;
            }
        }
        Ok(())
    }

    /// The same for `count` nodes; from the last to the first.
    pub fn reinsert_nodes(
        &self,
        mem: &mut Mem<'_>,
        t: Table,
        from: u32,
        count: u32,
    ) -> Result<(), NoMemory> {
        for i in (from..from + count).rev() {
            let entry = Entry::at(mem, self.nodes + i * node::SIZE);
            if !entry.value.is_nil() {
                insert_or_fill(mem, t, entry)?;
            }
        }
        Ok(())
    }

    /// Gives back what no table has any more.
    pub fn release(&self, mem: &mut Mem<'_>) {
        for (at, size) in self.places() {
            heap::free_large(mem, at, size);
        }
    }
}
