//! Long results of `..`, in portions between which the instruction may wait for fuel: it begins again then, and goes on
//! with the string that it has begun. Must not know metamethods.

use super::cpu::Cpu;
use crate::data::string;
use crate::data::unfinished::{self, PORTION};
use crate::error::Raise;
use crate::host::Mem;
use crate::objects::Str;
use crate::objects::root::{self, AT};
use crate::value::Value;

/// Bytes for a unit.
const BYTES: u32 = 64;

/// Whether a result of so many bytes is made in portions.
pub(super) fn is_long(total: u64) -> bool {
    total > 4 * u64::from(PORTION)
}

impl Cpu<'_, '_> {
    /// The string of the strings in registers `first..=last`, which have `total` bytes and are all that the instruction
    /// joins.
    ///
    /// # Errors
    /// No memory; no fuel for all of it now.
    pub(super) fn join_long(&mut self, first: u8, last: u8, total: u64) -> Result<Value, Raise> {
        if !self.has_begun(total) {
            unfinished::begin(self.mem, total)?;
        }
        let parts = self.base.wrapping_add(u32::from(first) * 8);
        let count = u32::from(last - first) + 1;
        while let Some((from, whole)) = unfinished::progress(self.mem).filter(|(at, end)| at < end)
        {
            let to = whole.min(from + PORTION);
            unfinished::go_on(self.mem, to - from, |mem, at| {
                copy_range(mem, (parts, count), at, (from, to));
            });
            self.take_fuel(u64::from(to / BYTES - from / BYTES));
            if self.fuel.units(self.ip) == 0 {
                return Err(self.pause_instruction());
            }
        }
        while let Some(units) = unfinished::compare(self.mem) {
            self.take_fuel(units);
            if self.fuel.units(self.ip) == 0 {
                return Err(self.pause_instruction());
            }
        }
        Ok(unfinished::finish(self.mem)?.into())
    }

    /// Whether this instruction has begun such a string and nothing has happened since.
    fn has_begun(&mut self, total: u64) -> bool {
        let Some((_, whole)) = unfinished::progress(self.mem) else {
            return false;
        };
        self.balance();
        let is_now = self.mem.get(AT, root::GROWN_WHEN) == self.mem.get(AT, root::ELAPSED);
        if !is_now || u64::from(whole) != total {
            unfinished::forget(self.mem);
            return false;
        }
        true
    }
}

/// Copies the bytes `from` up to before `to` of the strings in `count` places, one behind the other, to where the first
/// byte of all is to be at `whole`.
fn copy_range(mem: &mut Mem<'_>, (parts, count): (u32, u32), whole: u32, (from, to): (u32, u32)) {
    let mut begin = 0;
    for i in 0..count {
        let s = Str(Value(mem.load(parts.wrapping_add(i * 8))).payload());
        let end = begin + string::len(mem, s);
        let (low, high) = (from.max(begin), to.min(end));
        if low < high {
            let at = s.0 + Str::SIZE + (low - begin);
            mem.copy(at, whole + low, high - low);
        }
        begin = end;
    }
}
