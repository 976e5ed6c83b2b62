//! One function on its way into the cage: its parts, one after the other, each in as many portions as one likes. Must
//! not know which functions there are besides.

use super::translate;
use crate::data::{lines, string};
use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::Proto;
use crate::value::Value;
use bvm_cage::Field;
use bvm_isa::verify::Facts;
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
}

impl Filling {
    /// Begins to fill the cleared object `to`, which something reachable holds. `source` is the name of the source around.
    pub fn begin(
        mem: &mut Mem<'_>,
        to: Proto,
        from: Plain,
        facts: Facts,
        source: u32,
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
        });
        filling.begin_part(mem)?;
        Ok(filling)
    }

    /// Units of work that a function takes, with those inside.
    pub fn work(from: &Plain) -> u64 {
        let looked_at = from.consts.len() + from.locals.len() + from.upvalue_names.len();
        let own = (looked_at + from.code.len()) as u64;
        let copied = from.code.len() as u64 / COPIED + from.lines.len() as u64 / COPIED;
        FUNCTION + own + copied + from.protos.iter().map(Filling::work).sum::<u64>()
    }

    /// Makes what `units` of work come to, and takes those that it has used. Gives the next function inside when it has
    /// come to that.
    pub fn go_on(
        &mut self,
        mem: &mut Mem<'_>,
        units: &mut u64,
    ) -> Result<Option<Box<Filling>>, NoMemory> {
        while self.part != Part::Inner && *units > 0 {
            let size = match self.part {
                Part::Words | Part::Lines => COPIED,
                _ => 1,
            };
            let left = u64::from(self.count() - self.made);
            let now = left.min(units.saturating_mul(size));
            let range = self.made..self.made + now as u32;
            self.entries(mem, range.clone())?;
            self.made = range.end;
            *units -= (now / size).min(*units);
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
        let (field, len, size) = match self.part {
            Part::Consts => (Proto::CONSTS, Proto::NCONSTS, 8),
            Part::Words => (Proto::WORDS, Proto::NCODE, 4),
            Part::Lines => (Proto::LINES, Proto::NLINES, self.line_width(mem)),
            Part::Locals => (Proto::LOCALS, Proto::NLOCALS, 12),
            Part::Names => (Proto::UPNAMES, Proto::NUPNAMES, 4),
            Part::Code => return translate::begin(mem, self.to, &self.from, &self.facts),
            Part::Inner => (Proto::PROTOS, Proto::NPROTOS, 4),
        };
        self.list = list(mem, self.to, field, len, self.count(), size)?;
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
        let width = lines::width(self.from.line_defined, &self.from.lines);
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
                    mem.store(list + 8 * i, v.0);
                }
            }
            Part::Words => {
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
                    let entry = list + 12 * i;
                    mem.store(entry, name.0);
                    mem.store(entry + 4, local.start);
                    mem.store(entry + 8, local.end);
                }
            }
            Part::Names => {
                let entries = from.upvalue_names.get(places).unwrap_or_default();
                for (i, name) in range.zip(entries) {
                    let name = string::intern(mem, name)?;
                    mem.store(list + 4 * i, name.0);
                }
            }
            Part::Code => translate::slots(mem, self.to, from, &self.facts, places),
            Part::Inner => {}
        }
        Ok(())
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
        self.made += 1;
        Filling::begin(mem, made, plain, facts, self.source).map(Some)
    }
}

/// A prototype without anything.
pub(super) fn new(mem: &mut Mem<'_>) -> Result<Proto, NoMemory> {
    let size = u64::from(Proto::SIZE);
    let made = Proto(alloc::alloc_object(mem, size, Proto::KIND)?);
    mem.bytes_mut(made.0 + 1, Proto::SIZE - 1).fill(0);
    Ok(made)
}

/// A list of `count` entries of `size` bytes, put into its fields at once. It is zeroed, unless the collector does not look
/// into it.
fn list(
    mem: &mut Mem<'_>,
    to: Proto,
    field: Field<u32>,
    len: Field<u32>,
    count: u32,
    size: u32,
) -> Result<u32, NoMemory> {
    if count == 0 {
        return Ok(0);
    }
    let at = alloc::alloc(mem, u64::from(count) * u64::from(size))?;
    if ![Proto::WORDS.disp(), Proto::LINES.disp()].contains(&field.disp()) {
        mem.bytes_mut(at, count * size).fill(0);
    }
    mem.set(to.0, field, at);
    mem.set(to.0, len, count);
    Ok(at)
}
