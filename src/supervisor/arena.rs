//! Guests by their ids. Each has a place that never moves and shares no cache line with another's, and finding
//! it writes nothing, so that work on different guests does not meet. Must not know what a guest does.

use super::control::Control;
use crossbeam_utils::CachePadded;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

/// Names a guest of a supervisor. Ids are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Id(u64);

/// Bits of an id that say which place it is: a million guests. The others count who has had the place, and
/// both fit into the whole numbers that a double holds.
const PLACE_BITS: u32 = 20;

impl Id {
    /// No guest: as a sender and a receiver of messages, whoever owns the supervisor.
    pub const NOBODY: Id = Id(0);

    /// The number that guests know the guest by.
    pub fn number(self) -> u64 {
        self.0
    }

    /// The guest with this number, should there be one.
    pub fn from_number(number: u64) -> Id {
        Id(number)
    }

    fn place(self) -> u32 {
        (self.0 & ((1 << PLACE_BITS) - 1)) as u32
    }

    /// The id of the next guest in the same place.
    fn next(self) -> Id {
        Id(self.0.wrapping_add(1 << PLACE_BITS))
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The place of a guest.
#[derive(Debug)]
pub(crate) struct Slot {
    control: Mutex<Control>,
    /// For those who wait until the guest stands still or has ended.
    pub changed: Condvar,
}

impl Slot {
    pub fn lock(&self) -> MutexGuard<'_, Control> {
        // Nothing that may panic runs under the lock.
        self.control.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Places of the first chunk; each other chunk has twice as many as the one before.
const FIRST: u32 = 64;
/// Chunks in all.
const CHUNKS: usize = (PLACE_BITS - FIRST.trailing_zeros()) as usize;

type Chunk = Box<[CachePadded<Slot>]>;

/// All places.
#[derive(Debug)]
pub(crate) struct Arena {
    chunks: [OnceLock<Chunk>; CHUNKS],
    /// Places that have been used so far.
    used: AtomicU32,
    /// Ids for places that are free again.
    free: Mutex<Vec<Id>>,
}

/// The chunk of a place, and the place in it.
fn position(place: u32) -> (usize, usize) {
    let n = place + FIRST;
    let chunk = n.ilog2() - FIRST.ilog2();
    (chunk as usize, (n - (FIRST << chunk)) as usize)
}

impl Arena {
    pub fn new() -> Arena {
        Arena {
            chunks: [const { OnceLock::new() }; CHUNKS],
            used: AtomicU32::new(0),
            free: Mutex::default(),
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Id>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An id for a new guest, with its place; `None` when all are taken.
    pub fn claim(&self) -> Option<(Id, &Slot)> {
        let mut free = self.free();
        let id = match free.pop() {
            Some(id) => id,
            None => {
                let place = self.used.load(Ordering::Relaxed);
                let (chunk, _) = position(place);
                // No guest has the number 0.
                self.chunks.get(chunk)?.get_or_init(|| make(chunk));
                self.used.store(place + 1, Ordering::Release);
                Id(u64::from(place)).next()
            }
        };
        drop(free);
        self.slot(id).map(|slot| (id, slot))
    }

    /// Gives a place back that nobody uses any more.
    pub fn release(&self, id: Id) {
        self.free().push(id.next());
    }

    /// The place that an id names, whoever is in it.
    pub fn slot(&self, id: Id) -> Option<&Slot> {
        self.at(id.place())
    }

    fn at(&self, place: u32) -> Option<&Slot> {
        let (chunk, i) = position(place);
        self.chunks.get(chunk)?.get()?.get(i).map(|slot| &**slot)
    }

    /// All places that have been used.
    pub fn slots(&self) -> impl Iterator<Item = &Slot> {
        let used = self.used.load(Ordering::Acquire);
        (0..used).filter_map(|place| self.at(place))
    }
}

fn make(chunk: usize) -> Chunk {
    let slot = || Slot {
        control: Mutex::new(Control::empty()),
        changed: Condvar::new(),
    };
    (0..FIRST << chunk)
        .map(|_| CachePadded::new(slot()))
        .collect()
}
