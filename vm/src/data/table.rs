//! Tables: an array part for keys 1..n and a node part of chained scatter with Brent's variation.
//!
//! Sizes, hashes, the places of new keys and the moment of a rehash are those of Lua 5.1, so that `#t` of a
//! table with holes and the order of `pairs` are what programs see there, unless keys are objects, whose
//! order is that of their addresses. Access is raw: no metamethods here.

use super::rehash;
use crate::heap::{self, NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::root;
use crate::objects::{Str, Table, node};
use crate::value::{TAG_FALSE, TAG_STRING, TAG_TRUE, Value, small_int};

/// An empty table with room for `array` array slots and `nodes` nodes.
pub fn new(mem: &mut Mem<'_>, array: u32, nodes: u32) -> Result<Table, NoMemory> {
    let at = alloc::alloc_object(mem, u64::from(Table::SIZE), Table::KIND)?;
    mem.set(at, Table::META, 0);
    mem.set(at, Table::ARRAY, 0);
    mem.set(at, Table::ASIZE, 0);
    mem.set(at, Table::NODE, root::EMPTY_NODE);
    mem.set(at, Table::HMASK, 0);
    mem.set(at, Table::LASTFREE, root::EMPTY_NODE);
    let t = Table(at);
    if array > 0 || nodes > 0 {
        rehash::resize(mem, t, array, nodes)?;
    }
    Ok(t)
}

/// The index of a key's main node (the key normalised) in a node part of `mask + 1` nodes; `hash_of` reads
/// the hash of the string at an offset. Strings and booleans take the low bits of their hash; numbers the sum of their halves by an odd number near the
/// size, because the low bits of small integers are zeros.
#[inline(always)]
pub(crate) fn main_index(key: Value, mask: u32, hash_of: impl FnOnce(u32) -> u32) -> u32 {
    match key.tag() {
        TAG_STRING => hash_of(key.payload()) & mask,
        TAG_TRUE => 1 & mask,
        TAG_FALSE => 0,
        _ if key.is_number() => (key.0 as u32).wrapping_add((key.0 >> 32) as u32) % (mask | 1),
        _ => {
            let h = key.payload().wrapping_mul(0x9E37_79B1);
            (h ^ h >> 16) & mask
        }
    }
}

/// Negative zero is the same key as zero.
#[inline]
fn normal(key: Value) -> Value {
    if key.0 == 1 << 63 { Value(0) } else { key }
}

fn find_node(mem: &Mem<'_>, t: Table, key: Value) -> Option<u32> {
    let mask = mem.get(t.0, Table::HMASK);
    let index = main_index(key, mask, |s| mem.get(s, Str::HASH));
    let main = mem.get(t.0, Table::NODE).wrapping_add(index * node::SIZE);
    find_in_chain(mem, main, key)
}

/// The node of a key in the chain that begins at `n`.
#[inline]
fn find_in_chain(mem: &Mem<'_>, mut n: u32, key: Value) -> Option<u32> {
    let mut steps = 0;
    let found = loop {
        if mem.get(n, node::KEY) == key.0 {
            break Some(n);
        }
        n = mem.get(n, node::NEXT);
        steps += 1;
        if n == 0 {
            break None;
        }
    };
    if steps >= LONG_CHAIN {
        mem.host().note_walk(steps / 8);
    }
    found
}

/// Nodes that a search may visit for nothing. Chains get longer only when keys are made to collide.
const LONG_CHAIN: u32 = 16;

/// The place of an array slot, when `i` is one.
#[inline]
pub fn array_slot(mem: &Mem<'_>, t: Table, i: u32) -> Option<u32> {
    if i.wrapping_sub(1) < mem.get(t.0, Table::ASIZE) {
        Some(mem.get(t.0, Table::ARRAY).wrapping_add(i.wrapping_mul(8)))
    } else {
        None
    }
}

/// The place of a key's value, when the key has one (the value may be nil).
#[inline]
pub fn slot(mem: &Mem<'_>, t: Table, key: Value) -> Option<u32> {
    if let Some(n) = key.as_number()
        && let Some(i) = small_int(n)
        && let Some(at) = array_slot(mem, t, i as u32)
    {
        return Some(at);
    }
    // Free nodes have nil as their key, which no entry has.
    if key.is_nil() {
        return None;
    }
    find_node(mem, t, normal(key)).map(|n| n + u32::from(node::VALUE.disp()))
}

/// Raw `t[key]`.
#[inline]
pub fn get(mem: &Mem<'_>, t: Table, key: Value) -> Value {
    slot(mem, t, key).map_or(Value::NIL, |at| Value(mem.load(at)))
}

/// Raw `t[i]` for an integer.
#[inline]
pub fn get_int(mem: &Mem<'_>, t: Table, i: u32) -> Value {
    match array_slot(mem, t, i) {
        Some(at) => Value(mem.load(at)),
        None => get(mem, t, Value::number(f64::from(i))),
    }
}

/// Raw `t[s]` for a string.
#[inline]
pub fn get_str(mem: &Mem<'_>, t: Table, s: Str) -> Value {
    slot_str(mem, t, s).map_or(Value::NIL, |at| Value(mem.load(at)))
}

/// [`slot`] for a string.
#[inline]
pub fn slot_str(mem: &Mem<'_>, t: Table, s: Str) -> Option<u32> {
    let index = mem.get(s.0, Str::HASH) & mem.get(t.0, Table::HMASK);
    let main = mem.get(t.0, Table::NODE).wrapping_add(index * node::SIZE);
    find_in_chain(mem, main, s.into()).map(|n| n + u32::from(node::VALUE.disp()))
}

/// Raw `t[key] = value`; the key must not be nil or NaN (the caller has checked and reported that).
pub fn set(mem: &mut Mem<'_>, t: Table, key: Value, value: Value) -> Result<(), NoMemory> {
    match slot(mem, t, key) {
        Some(at) => {
            put(mem, t, at, key, value);
            Ok(())
        }
        None => set_new(mem, t, key, value),
    }
}

/// Stores the value of a key at the place that [`slot`] has found for it.
#[inline]
pub fn put(mem: &mut Mem<'_>, t: Table, at: u32, key: Value, value: Value) {
    // Any write may define a metamethod that a cache says is absent.
    mem.set(t.0, Table::ABSENT, 0);
    // The key may have been there without a value, which does not keep it alive.
    barrier::shade(mem, key);
    barrier::store(mem, at, value);
}

/// Raw `t[key] = value` for a key that [`slot`] has no place for. A nil value makes a place too, as in Lua
/// 5.1: it may cause a rehash.
pub fn set_new(mem: &mut Mem<'_>, t: Table, key: Value, value: Value) -> Result<(), NoMemory> {
    mem.set(t.0, Table::ABSENT, 0);
    barrier::shade(mem, key);
    barrier::shade(mem, value);
    let entry = Entry::new(mem, normal(key), value);
    insert(mem, t, entry)
}

/// Array size and node part: different after a rehash.
pub fn parts(mem: &Mem<'_>, t: Table) -> (u32, u32) {
    (mem.get(t.0, Table::ASIZE), mem.get(t.0, Table::NODE))
}

/// Raw `t[i] = value` for an integer.
pub fn set_int(mem: &mut Mem<'_>, t: Table, i: u32, value: Value) -> Result<(), NoMemory> {
    match array_slot(mem, t, i) {
        Some(at) => {
            barrier::store(mem, at, value);
            Ok(())
        }
        None => set(mem, t, Value::number(f64::from(i)), value),
    }
}

/// Raw `t[s] = value` for a string.
pub fn set_str(mem: &mut Mem<'_>, t: Table, s: Str, value: Value) -> Result<(), NoMemory> {
    set(mem, t, s.into(), value)
}

/// What a node holds.
#[derive(Clone, Copy)]
pub(super) struct Entry {
    pub key: Value,
    /// The table hash of a key that is a string.
    hash: u32,
    pub value: Value,
}

impl Entry {
    /// Of a key that is no negative zero.
    fn new(mem: &Mem<'_>, key: Value, value: Value) -> Entry {
        let hash = Str::of(key).map_or(0, |s| mem.get(s.0, Str::HASH));
        Entry { key, hash, value }
    }

    pub fn at(mem: &Mem<'_>, n: u32) -> Entry {
        Entry {
            key: Value(mem.get(n, node::KEY)),
            hash: mem.get(n, node::HASH),
            value: Value(mem.get(n, node::VALUE)),
        }
    }

    pub fn of_number(i: f64, value: Value) -> Entry {
        Entry {
            key: Value::number(i),
            hash: 0,
            value,
        }
    }

    fn put(self, mem: &mut Mem<'_>, n: u32) {
        mem.set(n, node::KEY, self.key.0);
        mem.set(n, node::HASH, self.hash);
        mem.set(n, node::VALUE, self.value.0);
    }

    /// Where it would be first.
    fn main_position(self, mem: &Mem<'_>, t: Table) -> u32 {
        let index = main_index(self.key, mem.get(t.0, Table::HMASK), |_| self.hash);
        mem.get(t.0, Table::NODE).wrapping_add(index * node::SIZE)
    }
}

/// [`set_new`] if no rehash is needed for it; tells whether that is so.
#[inline]
pub fn set_if_room(mem: &mut Mem<'_>, t: Table, key: Value, value: Value) -> bool {
    mem.set(t.0, Table::ABSENT, 0);
    barrier::shade(mem, key);
    barrier::shade(mem, value);
    let entry = Entry::new(mem, normal(key), value);
    insert_if_room(mem, t, entry)
}

/// Puts an entry whose key the table does not have. Like all below it knows no barrier: that is up to who
/// makes an entry, and moving it is none.
fn insert(mem: &mut Mem<'_>, t: Table, entry: Entry) -> Result<(), NoMemory> {
    if insert_if_room(mem, t, entry) {
        return Ok(());
    }
    rehash::rehash(mem, t, entry.key)?;
    insert_or_fill(mem, t, entry)
}

/// The same while there is a node for it; tells whether there is.
fn insert_if_room(mem: &mut Mem<'_>, t: Table, entry: Entry) -> bool {
    let main = entry.main_position(mem, t);
    if main != root::EMPTY_NODE && Value(mem.get(main, node::VALUE)).is_nil() {
        entry.put(mem, main);
        return true;
    }
    let Some(free) = free_node(mem, t) else {
        return false;
    };
    let other = Entry::at(mem, main).main_position(mem, t);
    if other == main {
        let next = mem.get(main, node::NEXT);
        mem.set(free, node::NEXT, next);
        mem.set(main, node::NEXT, free);
        entry.put(mem, free);
    } else {
        move_node(mem, other, main, free);
        if barrier::is_partial(mem, t) {
            // It may have been moved to where the collector has been.
            barrier::shade(mem, Value(mem.get(free, node::KEY)));
            barrier::shade(mem, Value(mem.get(free, node::VALUE)));
        }
        mem.set(main, node::NEXT, 0);
        entry.put(mem, main);
    }
    true
}

/// [`insert`] where the array part may have got a slot for the key.
pub(super) fn insert_or_fill(mem: &mut Mem<'_>, t: Table, entry: Entry) -> Result<(), NoMemory> {
    let index = entry.key.as_number().and_then(small_int);
    match index.and_then(|i| array_slot(mem, t, i as u32)) {
        Some(at) => {
            mem.store(at, entry.value.0);
            Ok(())
        }
        None => insert(mem, t, entry),
    }
}

/// Moves the node at `from`, which hangs in the chain of `head`, to `to`.
fn move_node(mem: &mut Mem<'_>, head: u32, from: u32, to: u32) {
    let mut previous = head;
    let mut steps = 0;
    loop {
        let next = mem.get(previous, node::NEXT);
        if next == from || next == 0 {
            break;
        }
        previous = next;
        steps += 1;
    }
    if steps >= LONG_CHAIN {
        mem.host().note_walk(steps / 8);
    }
    mem.set(previous, node::NEXT, to);
    mem.copy(from, to, node::SIZE);
}

/// The next free node, from the end of the node part downwards.
fn free_node(mem: &mut Mem<'_>, t: Table) -> Option<u32> {
    let first = mem.get(t.0, Table::NODE);
    if first == root::EMPTY_NODE {
        return None;
    }
    let mut n = mem.get(t.0, Table::LASTFREE);
    while n > first {
        n -= node::SIZE;
        if Value(mem.get(n, node::KEY)).is_nil() {
            mem.set(t.0, Table::LASTFREE, n);
            return Some(n);
        }
    }
    mem.set(t.0, Table::LASTFREE, n);
    None
}

/// Slots and nodes that a walk over the whole table visits: what such a walk costs. What a strange snapshot says is a table need
/// not be one.
pub fn extent(mem: &Mem<'_>, t: Table) -> u32 {
    let nodes = heap::mark::node_count(mem, t.0);
    mem.get(t.0, Table::ASIZE).saturating_add(nodes)
}

/// Makes room for a key that the table has no place for, which is put there next.
pub fn make_room(mem: &mut Mem<'_>, t: Table, key: Value) -> Result<(), NoMemory> {
    rehash::rehash(mem, t, normal(key))
}

/// A border of the table: `#t`.
pub fn border(mem: &Mem<'_>, t: Table) -> u32 {
    let size = mem.get(t.0, Table::ASIZE);
    if size > 0 && get_int(mem, t, size).is_nil() {
        return search(mem, t, 0, size);
    }
    if heap::mark::node_count(mem, t.0) == 0 {
        return size;
    }
    let mut low = size;
    let mut high = size + 1;
    while !get_int(mem, t, high).is_nil() {
        low = high;
        if high > i32::MAX as u32 / 2 {
            return linear(mem, t);
        }
        high *= 2;
    }
    search(mem, t, low, high)
}

/// `low` is not nil (or 0), `high` is nil: a border between them by halving.
fn search(mem: &Mem<'_>, t: Table, mut low: u32, mut high: u32) -> u32 {
    while high - low > 1 {
        let middle = low + (high - low) / 2;
        if get_int(mem, t, middle).is_nil() {
            high = middle;
        } else {
            low = middle;
        }
    }
    low
}

/// For tables made to defeat the doubling: the first border, by walking.
fn linear(mem: &Mem<'_>, t: Table) -> u32 {
    let mut i = 1;
    while !get_int(mem, t, i).is_nil() {
        i += 1;
    }
    i - 1
}

/// Takes all values out; the keys stay as those of removed entries do.
pub fn clear(mem: &mut Mem<'_>, t: Table) {
    let (size, count) = (mem.get(t.0, Table::ASIZE), heap::mark::node_count(mem, t.0));
    let array = mem.get(t.0, Table::ARRAY).wrapping_add(8);
    mem.bytes_mut(array, if size > 0 { size * 8 } else { 0 })
        .fill(0xff);
    let nodes = mem.get(t.0, Table::NODE);
    for i in 0..count {
        mem.set(nodes + i * node::SIZE, node::VALUE, Value::NIL.0);
    }
}

/// A key that its table does not have: no entry can come after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoSuchKey;

/// The entry after `key` in the table's order (nil: the first).
///
/// # Errors
/// There is no such key.
pub fn next(mem: &Mem<'_>, t: Table, key: Value) -> Result<Option<(Value, Value)>, NoSuchKey> {
    let from = place_behind(mem, t, key)?;
    let found = first_entry(mem, t, from, u32::MAX);
    Ok(found.map(|(_, key, value)| (key, value)))
}

/// Where the walk over a table goes on behind a key: how many slots and nodes lie before.
///
/// # Errors
/// There is no such key.
pub fn place_behind(mem: &Mem<'_>, t: Table, key: Value) -> Result<u32, NoSuchKey> {
    position(mem, t, key, mem.get(t.0, Table::ASIZE)).ok_or(NoSuchKey)
}

/// The first entry at the places of the walk from `from` up to before `to`: its place, key and value. Removed entries
/// leave empty places.
pub fn first_entry(mem: &Mem<'_>, t: Table, from: u32, to: u32) -> Option<(u32, Value, Value)> {
    let size = mem.get(t.0, Table::ASIZE);
    for i in from..size.min(to) {
        let v = get_int(mem, t, i + 1);
        if !v.is_nil() {
            return Some((i, Value::number(f64::from(i) + 1.0), v));
        }
    }
    let nodes = mem.get(t.0, Table::NODE);
    let count = heap::mark::node_count(mem, t.0);
    for i in from.saturating_sub(size)..count.min(to.saturating_sub(size)) {
        let n = nodes + i * node::SIZE;
        let v = Value(mem.get(n, node::VALUE));
        if !v.is_nil() {
            return Some((size + i, Value(mem.get(n, node::KEY)), v));
        }
    }
    None
}

/// How many places of the walk lie before the entry after `key`.
fn position(mem: &Mem<'_>, t: Table, key: Value, size: u32) -> Option<u32> {
    if key.is_nil() {
        return Some(0);
    }
    if let Some(i) = key.as_number().and_then(small_int)
        && (i as u32).wrapping_sub(1) < size
    {
        return Some(i as u32);
    }
    let n = find_node(mem, t, normal(key))?;
    if n == root::EMPTY_NODE {
        return None;
    }
    Some(size + (n - mem.get(t.0, Table::NODE)) / node::SIZE + 1)
}
