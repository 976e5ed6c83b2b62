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
}

/// The highest record from `from` down to `lowest` that is wanted.
#[inline]
pub fn find_down(
    mem: &Mem<'_>,
    from: u32,
    lowest: u32,
    is_wanted: impl Fn(Seen<'_>) -> bool,
) -> Option<u32> {
    let length = from.checked_sub(lowest)?.checked_add(frame::SIZE)?;
    let (records, _) = mem.bytes(lowest, length).as_chunks::<SIZE>();
    let found = records.iter().rposition(|record| is_wanted(Seen(record)))?;
    Some(lowest + found as u32 * frame::SIZE)
}
