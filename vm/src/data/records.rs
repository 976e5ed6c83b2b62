//! The records of activations as rows of bytes: there may be 20,000, and whoever looks for one of a kind looks at all above
//! it. Must not know what they mean.

use crate::host::Mem;
use crate::objects::frame;

/// Bytes of a record.
const SIZE: usize = frame::SIZE as usize;

/// What of a record is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a>(&'a [u8; SIZE]);

impl Seen<'_> {
    /// `frame::FLAGS`.
    #[inline(always)]
    pub fn flags(self) -> u8 {
        self.0[frame::FLAGS.disp() as usize]
    }

    /// `frame::IP`.
    #[inline(always)]
    pub fn ip(self) -> u32 {
        let at = frame::IP.disp() as usize;
        u32::from_le_bytes([self.0[at], self.0[at + 1], self.0[at + 2], self.0[at + 3]])
    }

    /// `frame::TAIL`.
    #[inline(always)]
    pub fn tail(self) -> u16 {
        let at = frame::TAIL.disp() as usize;
        u16::from_le_bytes([self.0[at], self.0[at + 1]])
    }

    /// `frame::AUX_TAIL`.
    #[inline(always)]
    fn aux_tail(self) -> u64 {
        let (_, rest) = self.0.split_at(frame::AUX_TAIL.disp() as usize);
        rest.first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// Bits of [`frame::AUX_TAIL`], of which a record has one that is worth a look.
#[derive(Debug, Clone, Copy)]
pub struct Marks(u64);

impl Marks {
    /// A bit of the replaced activations.
    pub const TAIL: Marks = Marks(0xffff << 32);

    /// Some of these flags.
    pub const fn flags(flags: u8) -> Marks {
        Marks((flags as u64) << 24)
    }
}

/// Records that are looked at one by one: most errors are caught close by.
const FEW: usize = 64;
/// Those that are looked at together where there are more. Nearly all of them have no mark.
const GROUP: usize = 16;

/// The highest record from `from` down to `lowest` that is wanted. Each that is has one of the marks.
#[inline]
pub fn find_down(
    mem: &Mem<'_>,
    from: u32,
    lowest: u32,
    marks: Marks,
    is_wanted: impl Fn(Seen<'_>) -> bool,
) -> Option<u32> {
    let length = from.checked_sub(lowest)?.checked_add(frame::SIZE)?;
    let (mut records, _) = mem.bytes(lowest, length).as_chunks::<SIZE>();
    if records.len() > FEW {
        records = up_to_mark(records, marks);
    }
    let found = records.iter().rposition(|r| is_wanted(Seen(r)))?;
    Some(lowest + found as u32 * frame::SIZE)
}

/// The records without those at the end, in whole groups, that have no mark.
#[cold]
fn up_to_mark(records: &[[u8; SIZE]], marks: Marks) -> &[[u8; SIZE]] {
    let (rest, groups) = records.as_rchunks::<GROUP>();
    let is_marked = |group: &[[u8; SIZE]; GROUP]| {
        let bits = group.iter().fold(0, |bits, r| bits | Seen(r).aux_tail());
        bits & marks.0 != 0
    };
    let kept = groups.iter().rposition(is_marked).map_or(0, |at| at + 1);
    records.get(..rest.len() + kept * GROUP).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::{Config, Vm};

    /// Marked records in all places, also where groups end.
    #[test]
    fn the_highest_marked_record_is_found() {
        let mut vm = Vm::new(&Config::default()).expect("address space");
        vm.enter(|mem| {
            let lowest = 1 << 20;
            let place = |number: u32| lowest + number * frame::SIZE;
            let find = |mem: &Mem<'_>, from, wanted: Option<u32>| {
                let is_wanted = |r: Seen<'_>| r.tail() != 0 && wanted.is_none_or(|ip| r.ip() == ip);
                find_down(mem, place(from), lowest, Marks::TAIL, is_wanted)
            };
            for count in [1, 2, 15, 16, 17, FEW as u32, 65, 79, 80, 81, 96, 100] {
                mem.bytes_mut(lowest, count * frame::SIZE).fill(0);
                assert_eq!(find(mem, count - 1, None), None);
                for number in 0..count {
                    mem.set(place(number), frame::TAIL, 1);
                    mem.set(place(number), frame::IP, number);
                    assert_eq!(find(mem, count - 1, None), Some(place(number)));
                }
                for number in 0..count {
                    assert_eq!(find(mem, number, None), Some(place(number)));
                    assert_eq!(find(mem, count - 1, Some(number)), Some(place(number)));
                }
            }
        });
    }

    #[test]
    fn marks_are_the_bits_of_their_fields() {
        let mut record = [0; SIZE];
        record[frame::FLAGS.disp() as usize] = frame::FLAG_CATCH;
        assert_eq!(Seen(&record).aux_tail(), Marks::flags(frame::FLAG_CATCH).0);
        let mut record = [0; SIZE];
        record[frame::TAIL.disp() as usize..][..2].fill(0xff);
        assert_eq!(Seen(&record).aux_tail(), Marks::TAIL.0);
    }
}
