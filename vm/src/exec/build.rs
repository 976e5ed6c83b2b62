//! New tables and their lists in full generality. Fast forms live in `hot::build`.

use super::cpu::Cpu;
use super::grow::Growing;
use super::slow::Flow;
use crate::data::growth::Room;
use crate::data::table;
use crate::error::Raise;
use crate::heap::{self, barrier};
use crate::objects::Table;
use crate::value::Value;
use bvm_isa::Word;

/// Values that one SETLIST batch holds.
pub(crate) const FIELDS_PER_FLUSH: u32 = 50;
/// Values of an open list that are stored in one piece; they cost whole units.
const LISTED: u32 = 1024;

/// Values of a list that are marked before it is looked at any further, as it is in hot code.
pub(super) const MOST_SHADED: u32 = 255;

/// Units for the upvalues of a closure, when so many others have been passed on the way to those that are on the stack.
#[inline(always)]
pub(crate) fn price_of_captures(count: u32, passed: u32) -> u32 {
    count / 8 + passed / 6
}

impl Cpu<'_, '_> {
    pub(super) fn make_table(&mut self, w: Word) -> Result<Flow, Raise> {
        let (slots, nodes) = (from_floating(w.b()), from_floating(w.c()));
        let t = match self.table_in_the_making() {
            Some(t) => t,
            None => table::new(self.mem, 0, 0)?,
        };
        if slots > 0 || nodes > 0 {
            self.make_room(t, Room::Parts(slots, nodes), Growing::InPortions)?;
        }
        self.put(w, t.into())
    }

    pub(super) fn set_list(&mut self, w: Word) -> Result<Flow, Raise> {
        let first = self.base.wrapping_add(u32::from(w.a()) * 8);
        let count = match u32::from(w.b()) {
            0 => (self.top().wrapping_sub(first) / 8).saturating_sub(1),
            b => b,
        };
        let batch = match w.c() {
            0 => self.word_at(self.pc() + 1).0,
            c => u32::from(c),
        };
        let Some(t) = Table::of(self.reg(w.a())) else {
            return Err(self.runtime_error("SETLIST on something that is no table"));
        };
        barrier::shade_list(self.mem, first + 8, count.min(MOST_SHADED));
        let start = batch.wrapping_sub(1).wrapping_mul(FIELDS_PER_FLUSH);
        let last = start.saturating_add(count);
        let slots = self.mem.get(t.0, Table::ASIZE);
        if last > slots {
            let nodes = heap::mark::node_count(self.mem, t.0);
            self.make_room(t, Room::Parts(last, nodes), Growing::InPortions)?;
        }
        let mut count = count;
        while count > LISTED {
            // An open list gets shorter, so what is left to do can wait for fuel.
            count -= LISTED;
            self.store_list(t, start + count, first + 8 + count * 8, LISTED)?;
            self.set_top_at(first + 8 + count * 8);
            if self.fuel.units(self.ip) == 0 {
                return Err(self.pause_instruction());
            }
        }
        self.store_list(t, start, first + 8, count)?;
        if w.c() != 0 {
            return Ok(Flow::Next);
        }
        self.skip_next();
        Ok(Flow::Set)
    }

    /// Stores `count` values, from the one at `from` on, behind `start` others of a list that has room for them.
    fn store_list(&mut self, t: Table, start: u32, from: u32, count: u32) -> Result<(), Raise> {
        for i in 0..count {
            let v = Value(self.mem.load(from + i * 8));
            table::set_int(self.mem, t, start + i + 1, v)?;
        }
        self.take_fuel(u64::from(count / 8));
        Ok(())
    }
}

/// Decodes a size of NEWTABLE: `eeeeexxx` is (8 + x) * 2^(e - 1).
pub(crate) fn from_floating(x: u16) -> u32 {
    let (e, x) = (u32::from(x) >> 3 & 31, u32::from(x) & 7);
    if e == 0 {
        x
    } else {
        (x + 8).checked_shl(e - 1).unwrap_or(0)
    }
}
