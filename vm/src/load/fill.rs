//! One function on its way into the cage: its parts, one after the other, each in as many portions as one likes. Must
//! not know which functions there are besides.

use super::translate;
use crate::data::unfinished::{self, PORTION};
use crate::data::{lines, string};
use crate::heap::mark::{self, List};
use crate::heap::{LARGE, NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::{Proto, Str};
use crate::value::Value;
use bvm_cage::Field;
use bvm_isa::proto::Bytes;
use bvm_isa::verify::{Facts, Totals};
use bvm_isa::{Const, Proto as Plain};
use std::iter::Zip;
use std::ops::Range;
use std::vec::IntoIter;

/// The parts of a function in the order in which they are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Consts,
    Words,
    Lines,
    Locals,
    Names,
    Code,
    Inner,
}

/// Entries of words and lines for a unit of work, which are but copied.
const COPIED: u64 = 16;
/// Bytes of long texts for a unit of work.
const TEXT: u64 = 64;
/// Units of work for a function, whatever it has.
const FUNCTION: u64 = 10;

/// A function whose object is there, and whose parts are made.
#[derive(Debug)]
pub(super) struct Filling {
    to: Proto,
    from: Plain,
    facts: Facts,
    /// What is inside of it, and still to be made.
    inner: Zip<IntoIter<Plain>, IntoIter<Facts>>,
    /// The name of its source.
    source: u32,
    part: Part,
    /// The part's list.
    list: u32,
    /// How many entries of it are made.
    made: u32,
    /// How far the farthest line is from the first, of those of the words that are made.
    farthest: u32,
    texts: Texts,
}

/// How long texts become strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// In one piece each: another string may be unfinished.
    Whole,
    /// In portions, for a native.
    InPortions,
    /// In portions, and the next one has been begun.
    Begun,
}

impl Filling {
    /// Begins to fill the cleared object `to`, which something reachable holds. `source` is the name of the source around.
    pub fn begin(
        mem: &mut Mem<'_>,
        to: Proto,
        from: Plain,
        facts: Facts,
        (source, texts): (u32, Texts),
    ) -> Result<Box<Filling>, NoMemory> {
        mem.set(to.0, Proto::PARAMS, from.param_count);
        mem.set(to.0, Proto::VARARG, from.vararg);
        mem.set(to.0, Proto::MAXSTACK, from.max_stack);
        mem.set(to.0, Proto::UPVALS, from.upvalue_count);
        mem.set(to.0, Proto::NILS, facts.entry_nils);
        mem.set(to.0, Proto::CAPTURES, u8::from(facts.captures_locals));
        mem.set(to.0, Proto::LINE, from.line_defined);
        mem.set(to.0, Proto::LASTLINE, from.last_line_defined);
        let source = match &from.source {
            Some(own) => string::intern(mem, own)?.0,
            None => source,
        };
        barrier::link(mem, to.0, Proto::SOURCE, source);
        let mut filling = Box::new(Filling {
            to,
            from,
            facts,
            inner: Vec::new().into_iter().zip(Vec::new()),
            source,
            part: Part::Consts,
            list: 0,
            made: 0,
            farthest: 0,
            texts,
        });
        filling.begin_part(mem)?;
        Ok(filling)
    }

    /// Units of work that functions take that are made of so many bytes, which may be one long text: looking for such would
    /// take long.
    pub fn work(totals: Totals, bytes: u64) -> u64 {
        let copied = totals.words / COPIED + totals.lines / COPIED;
        FUNCTION * totals.functions + totals.entries + totals.words + copied + bytes / TEXT
    }

    /// Makes what `units` of work come to, and takes those that it has used. Gives the next function inside when it has
    /// come to that.
    pub fn go_on(
        &mut self,
        mem: &mut Mem<'_>,
        units: &mut u64,
    ) -> Result<Option<Box<Filling>>, NoMemory> {
        while self.part != Part::Inner && *units > 0 {
            if self.next_is_long() {
                *units = units.saturating_sub(self.go_on_with_text(mem)?);
                continue;
            }
            let size = match self.part {
                Part::Words | Part::Lines => COPIED,
                _ => 1,
            };
            let left = self.count() - self.made;
            let most = u64::from(left).min(units.saturating_mul(size)) as u32;
            let now = self.until_long(most);
            self.entries(mem, self.made..self.made + now)?;
            self.made += now;
            *units -= (u64::from(now) / size).min(*units);
            if now == left {
                self.begin_next(mem)?;
            }
        }
        match *units {
            0 => Ok(None),
            _ => {
                let inner = self.next_inner(mem)?;
                if inner.is_some() {
                    *units = units.saturating_sub(FUNCTION);
                }
                Ok(inner)
            }
        }
    }

    /// Whether all of it is made, but for what is inside of the function given last.
    pub fn is_whole(&self) -> bool {
        self.part == Part::Inner && self.inner.len() == 0
    }

    /// How many entries the part under way has.
    fn count(&self) -> u32 {
        let count = match self.part {
            Part::Consts => self.from.consts.len(),
            Part::Words | Part::Code => self.from.code.len(),
            Part::Lines => self.from.lines.len(),
            Part::Locals => self.from.locals.len(),
            Part::Names => self.from.upvalue_names.len(),
            Part::Inner => self.from.protos.len(),
        };
        count as u32
    }

    fn begin_next(&mut self, mem: &mut Mem<'_>) -> Result<(), NoMemory> {
        self.part = match self.part {
            Part::Consts => Part::Words,
            Part::Words => Part::Lines,
            Part::Lines => Part::Locals,
            Part::Locals => Part::Names,
            Part::Names => Part::Code,
            Part::Code | Part::Inner => Part::Inner,
        };
        self.made = 0;
        self.begin_part(mem)
    }

    /// Makes room for the part under way.
    fn begin_part(&mut self, mem: &mut Mem<'_>) -> Result<(), NoMemory> {
        let count = self.count();
        self.list = match (list_of(self.part), self.part) {
            (Some(list), _) => begin_list(mem, self.to, &list, count)?,
            (None, Part::Code) => {
                return translate::begin(mem, self.to, &self.from, &self.facts);
            }
            (None, Part::Lines) => {
                let width = self.line_width(mem);
                copied(mem, self.to, (Proto::LINES, Proto::NLINES), (count, width))?
            }
            (None, _) => copied(mem, self.to, (Proto::WORDS, Proto::NCODE), (count, 4))?,
        };
        if self.part == Part::Inner {
            // What is made is not needed any more, and freeing it all at the end would take long.
            let inner = std::mem::take(&mut self.from.protos).into_iter();
            let facts = std::mem::take(&mut self.facts.children).into_iter();
            self.inner = inner.zip(facts);
        }
        Ok(())
    }

    /// The bytes of each line, which the object gets to know.
    fn line_width(&self, mem: &mut Mem<'_>) -> u32 {
        let width = lines::width(self.farthest);
        mem.set(self.to.0, Proto::LINE_WIDTH, width);
        width
    }

    /// Makes some entries of the part under way.
    fn entries(&mut self, mem: &mut Mem<'_>, range: Range<u32>) -> Result<(), NoMemory> {
        let (from, list) = (&self.from, self.list);
        let places = range.start as usize..range.end as usize;
        match self.part {
            Part::Consts => {
                let entries = from.consts.get(places).unwrap_or_default();
                for (i, constant) in range.zip(entries) {
                    let v = match constant {
                        Const::Nil => Value::NIL,
                        Const::Bool(b) => Value::boolean(*b),
                        Const::Number(n) => Value::number(*n),
                        Const::Str(s) => string::intern(mem, s)?.into(),
                    };
                    self.put_const(mem, i, v);
                }
            }
            Part::Words => {
                // There is a line for each word, or none at all.
                let lines = from.lines.get(places.clone()).unwrap_or_default();
                let farthest = lines::farthest(from.line_defined, lines);
                self.farthest = self.farthest.max(farthest);
                let entries = from.code.get(places).unwrap_or_default();
                for (i, word) in range.zip(entries) {
                    mem.store(list + 4 * i, word.0);
                }
            }
            Part::Lines => {
                let entries = from.lines.get(places).unwrap_or_default();
                lines::write(mem, self.to, range.start, entries);
            }
            Part::Locals => {
                let entries = from.locals.get(places).unwrap_or_default();
                for (i, local) in range.zip(entries) {
                    let name = string::intern(mem, &local.name)?;
                    self.put(mem, i, name);
                }
            }
            Part::Names => {
                let entries = from.upvalue_names.get(places).unwrap_or_default();
                for (i, name) in range.zip(entries) {
                    let name = string::intern(mem, name)?;
                    self.put(mem, i, name);
                }
            }
            Part::Code => translate::slots(mem, self.to, from, &self.facts, places),
            Part::Inner => {}
        }
        Ok(())
    }

    /// The text that an entry of the part under way is, or is called.
    fn text(&self, entry: u32) -> Option<&Bytes> {
        let entry = entry as usize;
        match self.part {
            Part::Consts => match self.from.consts.get(entry)? {
                Const::Str(text) => Some(text),
                _ => None,
            },
            Part::Locals => Some(&self.from.locals.get(entry)?.name),
            Part::Names => self.from.upvalue_names.get(entry),
            _ => None,
        }
    }

    fn is_long(&self, entry: u32) -> bool {
        let text = self.text(entry);
        text.is_some_and(|text| text.len() > PORTION as usize)
    }

    /// Whether the next entry has a text that is to be made in portions.
    fn next_is_long(&self) -> bool {
        self.texts != Texts::Whole && self.is_long(self.made)
    }

    /// How many of the next `most` entries come before such a text.
    fn until_long(&self, most: u32) -> u32 {
        let has_texts = matches!(self.part, Part::Consts | Part::Locals | Part::Names);
        if self.texts == Texts::Whole || !has_texts {
            return most;
        }
        let mut next = self.made..self.made + most;
        let found = next.position(|entry| self.is_long(entry));
        found.map_or(most, |count| count as u32)
    }

    /// Makes a portion of the next entry's text, and the entry if it is the last; gives the units of work.
    fn go_on_with_text(&mut self, mem: &mut Mem<'_>) -> Result<u64, NoMemory> {
        let Some(text) = self.text(self.made) else {
            return Ok(0);
        };
        let begun = unfinished::progress(mem).filter(|_| self.texts == Texts::Begun);
        let Some((done, len)) = begun else {
            unfinished::begin(mem, text.len() as u64)?;
            self.texts = Texts::Begun;
            return Ok(1);
        };
        if done < len {
            let count = PORTION.min(len - done);
            let bytes = text.get(done as usize..(done + count) as usize);
            let bytes = bytes.unwrap_or_default();
            unfinished::go_on(mem, count, |mem, first| {
                mem.bytes_mut(first + done, count).copy_from_slice(bytes);
            });
            return Ok(u64::from(count) / TEXT);
        }
        if let Some(units) = unfinished::compare(mem) {
            return Ok(units);
        }
        let made = unfinished::finish(mem)?;
        self.texts = Texts::InPortions;
        self.put(mem, self.made, made);
        self.made += 1;
        if self.made == self.count() {
            self.begin_next(mem)?;
        }
        Ok(1)
    }

    /// Puts a string into an entry of the part under way.
    fn put(&self, mem: &mut Mem<'_>, entry: u32, s: Str) {
        match (self.part, self.from.locals.get(entry as usize)) {
            (Part::Consts, _) => self.put_const(mem, entry, s.into()),
            (Part::Names, _) => {
                mem.store(self.list + 4 * entry, s.0);
                self.has_entry(mem, entry);
            }
            (Part::Locals, Some(local)) => {
                let at = self.list + 12 * entry;
                mem.store(at, s.0);
                mem.store(at + 4, local.start);
                mem.store(at + 8, local.end);
                self.has_entry(mem, entry);
            }
            _ => {}
        }
    }

    fn put_const(&self, mem: &mut Mem<'_>, entry: u32, v: Value) {
        mem.store(self.list + 8 * entry, v.0);
        self.has_entry(mem, entry);
    }

    /// The list of the part under way has this entry from now on, and all before it.
    fn has_entry(&self, mem: &mut Mem<'_>, entry: u32) {
        if let Some(list) = list_of(self.part)
            && mem.get(self.to.0, list.len) <= entry
        {
            mem.set(self.to.0, list.len, entry + 1);
        }
    }

    /// Makes the object of the next function inside.
    fn next_inner(&mut self, mem: &mut Mem<'_>) -> Result<Option<Box<Filling>>, NoMemory> {
        let Some((plain, facts)) = self.inner.next() else {
            return Ok(None);
        };
        let made = new(mem)?;
        let ring = mem.get(self.to.0, Proto::RING);
        mem.set(made.0, Proto::RING, ring);
        mem.store(self.list + 4 * self.made, made.0);
        self.has_entry(mem, self.made);
        self.made += 1;
        let texts = self.texts;
        Filling::begin(mem, made, plain, facts, (self.source, texts)).map(Some)
    }
}

/// A prototype without anything.
pub(super) fn new(mem: &mut Mem<'_>) -> Result<Proto, NoMemory> {
    let size = u64::from(Proto::SIZE);
    let made = Proto(alloc::alloc_object(mem, size, Proto::KIND)?);
    mem.bytes_mut(made.0 + 1, Proto::SIZE - 1).fill(0);
    Ok(made)
}

/// The list that the collector looks into when a part has one.
fn list_of(part: Part) -> Option<List> {
    match part {
        Part::Consts => Some(mark::CONSTS),
        Part::Locals => Some(mark::LOCALS),
        Part::Names => Some(mark::UPNAMES),
        Part::Inner => Some(mark::PROTOS),
        Part::Words | Part::Lines | Part::Code => None,
    }
}

/// Room for a list of `count` entries that the collector looks into. It has zeros at first. Of a long one there is only the
/// beginning, just so much that it is known to be large, as clearing all of it would take long.
fn begin_list(mem: &mut Mem<'_>, to: Proto, list: &List, count: u32) -> Result<u32, NoMemory> {
    let begun = count.min(LARGE / list.step + 1);
    if count == 0 {
        return Ok(0);
    }
    let at = alloc::alloc(mem, u64::from(count) * u64::from(list.step))?;
    mem.bytes_mut(at, begun * list.step).fill(0);
    mem.set(to.0, list.place, at);
    mem.set(to.0, list.len, begun);
    Ok(at)
}

/// Room for `count` entries of `size` bytes that are but copied.
fn copied(
    mem: &mut Mem<'_>,
    to: Proto,
    (place, len): (Field<u32>, Field<u32>),
    (count, size): (u32, u32),
) -> Result<u32, NoMemory> {
    if count == 0 {
        return Ok(0);
    }
    let at = alloc::alloc(mem, u64::from(count) * u64::from(size))?;
    mem.set(to.0, place, at);
    mem.set(to.0, len, count);
    Ok(at)
}
