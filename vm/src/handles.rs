//! The handles of open streams, as a guest knows them: names that are given once and never again, so that
//! no other stream can ever answer to one. Must not know what a stream is.
//!
//! A handle is `number << 16 | slot`. Numbers are counted up from 1 over the whole life of a guest and of
//! those that are restored or forked from it; slots are used again. The handles 0 to 2 are those of the
//! standard streams, which are always open. What the host's own handle is, no guest sees.

use crate::exit::{HostError, Request, Word};

/// Most handles of a guest.
pub const MOST: usize = 1 << SLOT_BITS;

const SLOT_BITS: u32 = 16;
/// The largest handle of the standard streams.
const LAST_STANDARD: i64 = 2;
/// `errno` of a handle that is not open.
const EBADF: i32 = 9;
/// `errno` of too many handles.
const EMFILE: i32 = 24;

/// An open stream.
#[derive(Debug, Clone, Copy)]
struct Entry {
    number: u32,
    /// The ring that has opened it.
    ring: u8,
    /// What the host calls it.
    theirs: i64,
}

/// The open handles of one guest.
#[derive(Debug)]
pub struct Handles {
    slots: Vec<Option<Entry>>,
    /// Slots that are empty.
    free: Vec<usize>,
    limit: usize,
    /// The number given last.
    last: u32,
}

impl Default for Handles {
    fn default() -> Handles {
        Handles::after(0)
    }
}

fn error(message: &str, code: i32) -> HostError {
    let message = message.to_owned();
    HostError { message, code }
}

impl Handles {
    /// No open handles, for a guest that has been given numbers up to `last` before.
    pub(crate) fn after(last: u32) -> Handles {
        Handles {
            slots: Vec::new(),
            free: Vec::new(),
            limit: MOST,
            last,
        }
    }

    /// The number given last.
    pub(crate) fn last(&self) -> u32 {
        self.last
    }

    /// How many are open, without the standard streams.
    pub fn open(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Sets how many may be open; those that are stay so.
    pub(crate) fn set_limit(&mut self, limit: usize) {
        self.limit = limit.min(MOST);
    }

    /// Whether a request names a handle that its ring may use, and whether there is room for what it opens.
    ///
    /// # Errors
    /// What the guest gets.
    pub(crate) fn check(&self, request: &Request) -> Result<(), HostError> {
        if let Some(handle) = request.handle() {
            self.theirs(handle, request.ring)?;
        }
        let full = self.open() >= self.limit || self.last == u32::MAX;
        match request.call.opens() && full {
            true => Err(error("Too many open files", EMFILE)),
            false => Ok(()),
        }
    }

    /// What the host calls a handle.
    pub(crate) fn theirs(&self, handle: i64, ring: u8) -> Result<i64, HostError> {
        if (0..=LAST_STANDARD).contains(&handle) {
            return Ok(handle);
        }
        let entry = self.slot(handle).and_then(|slot| *self.slots.get(slot)?);
        let entry = entry.filter(|entry| i64::from(entry.number) == handle >> SLOT_BITS);
        let entry = entry.ok_or_else(|| error("Bad file descriptor", EBADF))?;
        if entry.ring < ring {
            let message = format!("a handle of ring {} is not for ring {ring}", entry.ring);
            return Err(error(&message, HostError::NOT_GRANTED));
        }
        Ok(entry.theirs)
    }

    fn slot(&self, handle: i64) -> Option<usize> {
        usize::try_from(handle & (MOST as i64 - 1)).ok()
    }

    /// Gives a stream that the host has opened a handle.
    pub(crate) fn admit(&mut self, theirs: i64, ring: u8) -> i64 {
        self.last = self.last.saturating_add(1);
        let number = self.last;
        let entry = Some(Entry {
            number,
            ring,
            theirs,
        });
        let slot = self.free.pop().unwrap_or(self.slots.len());
        match self.slots.get_mut(slot) {
            Some(place) => *place = entry,
            None => self.slots.push(entry),
        }
        i64::from(number) << SLOT_BITS | slot as i64
    }

    /// Forgets a handle that the guest has closed.
    pub(crate) fn close(&mut self, handle: i64) {
        if handle > LAST_STANDARD
            && self.theirs(handle, 0).is_ok()
            && let Some(slot) = self.slot(handle)
            && let Some(place) = self.slots.get_mut(slot)
        {
            *place = None;
            self.free.push(slot);
        }
    }
}

impl Request {
    /// Puts another handle in the place of the one among the arguments.
    pub(crate) fn set_handle(&mut self, handle: i64) {
        if let Some(word) = self.handle_at().and_then(|at| self.args.get_mut(at)) {
            *word = Word::Int(handle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_handle_is_given_twice() {
        let mut handles = Handles::default();
        let first = handles.admit(7, 2);
        assert_eq!(handles.theirs(first, 2), Ok(7));
        handles.close(first);
        handles.close(first);
        assert_eq!(handles.open(), 0);
        let second = handles.admit(8, 2);
        assert_ne!(first, second);
        assert_eq!(handles.theirs(first, 2).expect_err("stale").code, EBADF);
        assert_eq!(handles.theirs(second, 2), Ok(8));
        for forged in [second + 1, second ^ 1 << 16, -1, i64::MIN, i64::MAX, 3] {
            assert_eq!(handles.theirs(forged, 1).expect_err("forged").code, EBADF);
        }
        let mut heirs = Handles::after(handles.last());
        assert!(heirs.theirs(second, 2).is_err());
        assert!(![first, second].contains(&heirs.admit(8, 2)));
    }

    #[test]
    fn handles_are_for_the_rings_within() {
        let mut handles = Handles::default();
        let library = handles.admit(7, 1);
        assert_eq!(handles.theirs(library, 1), Ok(7));
        let refused = handles.theirs(library, 2).expect_err("another's");
        assert_eq!(refused.code, HostError::NOT_GRANTED);
        let plugin = handles.admit(8, 3);
        assert_eq!(handles.theirs(plugin, 1), Ok(8));
    }
}
