//! A long text under construction by a native that pauses: a rope of strings and parts of strings in a table of the
//! native's window, the end in a host buffer. Must not know what the text is for.
//!
//! ```text
//!   slot: table or nil | slot + 1: how many entries | slot + 2: bytes in them
//!   an entry: string, its first byte that counts, where in the text it ends
//! ```
//!
//! What is long is not copied until the end, and then in portions. Short ends are joined as they come, so that there is an entry
//! for each [`FULL`] bytes, about.

use crate::portions::{self, Place};
use crate::slots;
use bvm_vm::data::{string, table};
use bvm_vm::host::Mem;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Cpu, Raise, Value};

/// Bytes that a host buffer may hold before it becomes an entry, and that are made at once in the end.
pub(crate) const FULL: usize = 1 << 14;
/// Bytes of the text for a unit.
const BYTES: usize = 32;

/// The text: entries in the table in `slot`, then `tail`.
#[derive(Debug)]
pub(crate) struct Rope {
    slot: u32,
    /// How many entries there are.
    count: u32,
    /// Bytes in the entries. They are paid for.
    written: usize,
    /// What is no entry yet.
    pub tail: Vec<u8>,
    /// It is a leaf's and needs an entry: the leaf is to begin again.
    is_stuck: bool,
}

impl Rope {
    /// The text in the slots from `slot` on, where there is none when `slot` has nil; borrows the scratch buffer.
    #[inline]
    pub fn new(cpu: &mut Cpu<'_, '_>, slot: u32) -> Rope {
        let entries = Entries::of(cpu, slot);
        Rope {
            slot,
            count: entries.map_or(0, |entries| entries.count),
            written: entries.map_or(0, |entries| entries.written as usize),
            tail: cpu.take_scratch(),
            is_stuck: false,
        }
    }

    /// Whether the function is a leaf that has to begin again. It makes no object before: how far a leaf comes depends on
    /// where fuel ends, and what lies in the guest's memory must not.
    #[inline]
    pub fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    /// How long it is.
    pub fn len(&self) -> usize {
        self.written + self.tail.len()
    }

    /// Pays for `more` bytes. What the text costs in all follows from its length: how many entries
    /// there are depends on where fuel ended, and the cost must not.
    fn pay(&mut self, cpu: &mut Cpu<'_, '_>, more: usize) {
        let after = self.written + more;
        cpu.pay((after / BYTES - self.written / BYTES) as u64);
        self.written = after;
    }

    /// Makes what the buffer holds an entry, together with the ones before it that are as short.
    ///
    /// # Errors
    /// No memory.
    pub fn flush(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        if self.tail.is_empty() {
            return Ok(());
        }
        if cpu.is_leaf() {
            self.is_stuck = true;
            self.tail.clear();
            return Ok(());
        }
        self.pay(cpu, self.tail.len());
        self.join_short_ends(cpu);
        let piece = cpu.new_str(&self.tail)?;
        self.tail.clear();
        match Str::of(piece) {
            Some(s) => self.put(cpu, s, 0),
            None => Ok(()),
        }
    }

    /// Takes entries back that are as short as what follows them.
    fn join_short_ends(&mut self, cpu: &mut Cpu<'_, '_>) {
        while let Some(mut entries) = Entries::of(cpu, self.slot)
            && self.count > 0
        {
            entries.count = self.count;
            let Some(end) = entries.short_end(cpu.mem) else {
                break;
            };
            if end.len().max(1).ilog2() > self.tail.len().ilog2() {
                break;
            }
            self.tail.splice(0..0, end.iter().copied());
            self.count -= 1;
        }
    }

    /// Adds the bytes of `s` from `from` up to `to`; a long stretch does not go through the buffer.
    ///
    /// # Errors
    /// No memory.
    #[inline]
    pub fn add(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        s: Str,
        from: usize,
        to: usize,
    ) -> Result<(), Raise> {
        if to.saturating_sub(from) > FULL {
            return self.add_long(cpu, s, from, to);
        }
        let bytes = string::bytes(cpu.mem, s).get(from..to).unwrap_or_default();
        self.tail.extend_from_slice(bytes);
        self.flush_if_full(cpu)
    }

    /// Makes the buffer an entry when it is full.
    ///
    /// # Errors
    /// No memory.
    #[inline]
    pub fn flush_if_full(&mut self, cpu: &mut Cpu<'_, '_>) -> Result<(), Raise> {
        if self.tail.len() >= FULL {
            self.flush(cpu)
        } else {
            Ok(())
        }
    }

    #[cold]
    fn add_long(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        s: Str,
        from: usize,
        to: usize,
    ) -> Result<(), Raise> {
        if cpu.is_leaf() {
            self.is_stuck = true;
            return Ok(());
        }
        self.flush(cpu)?;
        self.pay(cpu, to - from);
        self.put(cpu, s, from as u32)
    }

    /// Adds an entry that ends where what is paid for does.
    fn put(&mut self, cpu: &mut Cpu<'_, '_>, s: Str, from: u32) -> Result<(), Raise> {
        self.put_by(cpu, s, from, |cpu, t, i, v| {
            Ok(table::set_int(cpu.mem, t, i, v)?)
        })
    }

    /// The same with another way to store a value in the table of entries.
    #[inline]
    fn put_by(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        s: Str,
        from: u32,
        store: impl Fn(&mut Cpu<'_, '_>, Table, u32, Value) -> Result<(), Raise>,
    ) -> Result<(), Raise> {
        cpu.check_size(self.written as u64)?;
        if self.count >= Entries::MOST {
            return Err(Raise::NoMemory);
        }
        let t = match Table::of(cpu.arg(self.slot)) {
            Some(t) => t,
            None => self.make_table(cpu, s)?,
        };
        let end = self.written as u32;
        let values = [s.into(), slots::value(from), slots::value(end)];
        for (i, v) in (3 * self.count + 1..).zip(values) {
            store(cpu, t, i, v)?;
        }
        self.count += 1;
        cpu.set_arg(self.slot + 1, slots::value(self.count));
        cpu.set_arg(self.slot + 2, slots::value(end));
        Ok(())
    }

    /// Puts a table into the first slot; meanwhile the string is in the next one, where the collector sees it.
    #[cold]
    fn make_table(&mut self, cpu: &mut Cpu<'_, '_>, s: Str) -> Result<Table, Raise> {
        cpu.set_count(cpu.count().max(self.slot + 2));
        cpu.set_arg(self.slot + 1, s.into());
        let t = cpu.new_table(0, 0)?;
        cpu.set_arg(self.slot, t.into());
        Ok(t)
    }

    /// The whole text; `None` for a leaf that has to wait: it begins again. A function that pauses here comes back at `step`, and
    /// then calls [`go_on`].
    ///
    /// # Errors
    /// No memory; no fuel for all of it now.
    #[inline]
    pub fn finish(mut self, cpu: &mut Cpu<'_, '_>, step: u32) -> Result<Option<Value>, Raise> {
        if self.count == 0 && self.len() <= FULL && !self.is_stuck {
            self.pay(cpu, self.tail.len());
            let whole = cpu.new_str(&self.tail)?;
            cpu.give_scratch(self.tail);
            return Ok(Some(whole));
        }
        self.finish_long(cpu, step)
    }

    #[cold]
    fn finish_long(mut self, cpu: &mut Cpu<'_, '_>, step: u32) -> Result<Option<Value>, Raise> {
        if cpu.is_leaf() {
            self.release(cpu);
            return Ok(None);
        }
        self.flush(cpu)?;
        let slot = self.slot;
        self.release(cpu);
        go_on(cpu, slot, step).map(Some)
    }

    /// Gives the buffer for [`Rope::take_up`] to have at the next step, after a pause. The entries stay.
    pub fn put_off(self) -> Vec<u8> {
        self.tail
    }

    /// Goes on with the buffer that was put off.
    pub fn take_up(&mut self, cpu: &mut Cpu<'_, '_>, tail: Vec<u8>) {
        let spare = std::mem::replace(&mut self.tail, tail);
        cpu.give_scratch(spare);
    }

    /// Gives the scratch buffer back; the entries stay. What it holds is lost.
    pub fn release(self, cpu: &mut Cpu<'_, '_>) {
        cpu.give_scratch(self.tail);
    }
}

/// Makes the text of the rope in `slot`, of which [`Rope::finish`] has begun to.
///
/// # Errors
/// No memory; no fuel for all of it now.
pub(crate) fn go_on(cpu: &mut Cpu<'_, '_>, slot: u32, step: u32) -> Result<Value, Raise> {
    let Some(entries) = Entries::of(cpu, slot) else {
        return Err(cpu.fail("damaged activation"));
    };
    let whole = portions::go_on(cpu, step, entries.written.into(), |mem, place| {
        entries.copy(mem, place);
    })?;
    Ok(whole.into())
}

/// Adds a whole string to the rope in `slot`, without a buffer, for nothing but the place that its entry may need: the step
/// begins again when fuel ends before there is one.
///
/// # Errors
/// The text is too long; no memory; no fuel to make the table of entries larger.
pub(crate) fn push(cpu: &mut Cpu<'_, '_>, slot: u32, s: Str) -> Result<(), Raise> {
    let (count, len) = size(cpu, slot);
    let mut rope = Rope {
        slot,
        count,
        written: len as usize + string::len(cpu.mem, s) as usize,
        tail: Vec::new(),
        is_stuck: false,
    };
    if count == 0 {
        // Nothing has to move, and its caller may not have the string elsewhere.
        return rope.put(cpu, s, 0);
    }
    rope.put_by(cpu, s, 0, |cpu, t, i, v| {
        crate::table::add(cpu, t, i.into(), v)
    })
}

/// How many entries the rope in `slot` has, and how many bytes.
pub(crate) fn size(cpu: &Cpu<'_, '_>, slot: u32) -> (u32, u32) {
    Entries::of(cpu, slot).map_or((0, 0), |entries| (entries.count, entries.written))
}

/// The first string of the rope in `slot`.
pub(crate) fn first(cpu: &Cpu<'_, '_>, slot: u32) -> Option<Str> {
    let entry = Entries::of(cpu, slot)?.get(cpu.mem, 0)?;
    Some(entry.string)
}

/// What is in the table.
#[derive(Debug, Clone, Copy)]
struct Entries {
    table: Table,
    count: u32,
    written: u32,
}

/// A string, the first of its bytes that counts, and the bytes of the text up to its end.
struct Entry {
    string: Str,
    from: u32,
    end: u32,
}

impl Entries {
    /// No text has more; one that would need more is too long.
    const MOST: u32 = 1 << 24;

    fn of(cpu: &Cpu<'_, '_>, slot: u32) -> Option<Entries> {
        Table::of(cpu.arg(slot)).map(|table| Entries {
            table,
            count: cpu.arg(slot + 1).payload().min(Entries::MOST),
            written: cpu.arg(slot + 2).payload(),
        })
    }

    /// Entry `i`, from 0. Entries come in order, so all are in the array part. A strange snapshot may have anything there.
    fn get(&self, mem: &Mem<'_>, i: u32) -> Option<Entry> {
        let last = table::array_slot(mem, self.table, 3 * i + 3)?;
        let place = |field: u32| Value(mem.load(last.wrapping_sub((3 - field) * 8)));
        Some(Entry {
            string: Str::of(place(1))?,
            from: place(2).payload(),
            end: place(3).payload(),
        })
    }

    /// Where entry `i` begins in the text.
    fn begin(&self, mem: &Mem<'_>, i: u32) -> u32 {
        let before = i.checked_sub(1).and_then(|i| self.get(mem, i));
        before.map_or(0, |entry| entry.end)
    }

    /// The last entry's bytes, if they are fewer than [`FULL`].
    fn short_end<'a>(&self, mem: &'a Mem<'_>) -> Option<&'a [u8]> {
        let last = self.count.checked_sub(1)?;
        let entry = self.get(mem, last)?;
        let len = entry.end.saturating_sub(self.begin(mem, last)) as usize;
        let bytes = string::bytes(mem, entry.string).get(entry.from as usize..)?;
        bytes.get(..len).filter(|bytes| bytes.len() < FULL)
    }

    /// The first entry that ends behind byte `from`.
    fn find(&self, mem: &Mem<'_>, from: u32) -> u32 {
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(mem, middle).is_some_and(|entry| entry.end <= from) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    /// Copies a part of the text to its place.
    fn copy(&self, mem: &mut Mem<'_>, Place { first, from, to }: Place) {
        let mut at = from;
        let mut i = self.find(mem, from);
        let mut begin = self.begin(mem, i);
        while at < to
            && i < self.count
            && let Some(entry) = self.get(mem, i)
        {
            let skipped = at.saturating_sub(begin);
            let len = string::len(mem, entry.string);
            let offset = entry.from.saturating_add(skipped).min(len);
            let more = (len - offset).min(entry.end.min(to).saturating_sub(at));
            mem.copy(entry.string.0 + Str::SIZE + offset, first + at, more);
            at += more;
            begin = entry.end;
            i += 1;
        }
        // What a strange snapshot's entries do not have would be what lay there before.
        mem.bytes_mut(first + at, to - at).fill(0);
    }
}
