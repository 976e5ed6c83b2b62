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

    /// `frame::AUX_TAIL`.
    #[inline(always)]
    fn aux_tail(self) -> u64 {
        let (_, rest) = self.0.split_at(frame::AUX_TAIL.disp() as usize);
        rest.first_chunk()
            .map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// Bits of [`frame::AUX_TAIL`] that make a record worth a look.
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

/// Records that are looked at together. Nearly all of them have no mark.
const GROUP: usize = 16;

/// The highest record from `from` down to `lowest` that has a mark and is wanted.
#[inline]
pub fn find_down(
    mem: &Mem<'_>,
    from: u32,
    lowest: u32,
    marks: Marks,
    is_wanted: impl Fn(Seen<'_>) -> bool,
) -> Option<u32> {
    let length = from.checked_sub(lowest)?.checked_add(frame::SIZE)?;
    let (records, _) = mem.bytes(lowest, length).as_chunks::<SIZE>();
    let is_found = |r: Seen<'_>| r.aux_tail() & marks.0 != 0 && is_wanted(r);
    let last_of = |records: &[[u8; SIZE]]| records.iter().rposition(|r| is_found(Seen(r)));
    let (rest, groups) = records.as_rchunks::<GROUP>();
    let mut first = records.len();
    for group in groups.iter().rev() {
        first -= GROUP;
        let bits = group.iter().fold(0, |bits, r| bits | Seen(r).aux_tail());
        if bits & marks.0 != 0
            && let Some(found) = last_of(group)
        {
            return Some(lowest + (first + found) as u32 * frame::SIZE);
        }
    }
    last_of(rest).map(|found| lowest + found as u32 * frame::SIZE)
}

#[cfg(test)]
mod tests {
    use super::*;

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
