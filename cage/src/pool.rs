//! Which slots are free. Must not map anything.
//!
//! A slot that a region has left is either *warm*: it has its image's bytes again and waits for the next
//! region of that image, which need not ask the system for anything; or it is *empty*, all zeros, and of use
//! for every image.

use crate::image::Sheet;
use crate::memory::Slot;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Slots that are reserved together.
const TOGETHER: usize = 32;

/// Most warm slots of an image. Each holds some ten pages, page tables included.
const MOST_WARM: usize = 256;

/// Most mappings of slots under sheets, of the 65,530 that Linux allows a process by default.
const MOST_MAPPINGS: usize = 60_000;

/// Empty slots, by the length that was asked for.
static EMPTY: Mutex<BTreeMap<usize, Vec<Slot>>> = Mutex::new(BTreeMap::new());

/// Mappings of slots under sheets.
static MAPPINGS: AtomicUsize = AtomicUsize::new(0);

fn lock<T>(list: &Mutex<T>) -> MutexGuard<'_, T> {
    // A list of slots is complete at any moment, also after a panic elsewhere.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A slot in use, which goes back among the empty ones when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    /// `None` once the slot cannot be used any more.
    slot: Option<Slot>,
    len: usize,
    /// Mappings that its view takes; 0 without one.
    mappings: usize,
}

impl Place {
    /// An empty slot of `len` bytes; near its start are the `low` ones that are used most.
    pub fn empty(len: usize, low: usize) -> Option<Place> {
        let mut empty = lock(&EMPTY);
        let list = empty.entry(len).or_default();
        if list.is_empty() {
            list.extend(Slot::reserve(TOGETHER, len, low)?);
        }
        Some(Place {
            slot: Some(list.pop()?),
            len,
            mappings: 0,
        })
    }

    /// The slot itself.
    pub fn slot(&mut self) -> Option<&mut Slot> {
        self.slot.as_mut()
    }

    /// Whether the slot lies under a sheet.
    pub fn is_covered(&self) -> bool {
        self.mappings > 0
    }

    /// Lays a sheet over the slot. Without one, slots beyond some number stay as they are.
    pub fn cover(&mut self, sheet: &Sheet) -> Option<()> {
        let slot = self.slot.as_mut()?;
        let mappings = if sheet.len < slot.len() { 2 } else { 1 };
        if MAPPINGS.fetch_add(mappings, Ordering::Relaxed) + mappings > MOST_MAPPINGS {
            MAPPINGS.fetch_sub(mappings, Ordering::Relaxed);
            return Some(());
        }
        self.mappings = mappings;
        let covered = slot.cover(sheet);
        if covered.is_none() {
            self.slot = None;
        }
        covered
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(mut slot) = self.slot.take()
            && slot.clear().is_some()
        {
            lock(&EMPTY).entry(self.len).or_default().push(slot);
        }
        MAPPINGS.fetch_sub(self.mappings, Ordering::Relaxed);
    }
}

/// The warm slots of an image.
#[derive(Debug, Default)]
pub(crate) struct Warm(Mutex<Vec<Place>>);

impl Warm {
    /// Takes a slot that has the image's bytes.
    pub fn take(&self) -> Option<Place> {
        lock(&self.0).pop()
    }

    /// Whether another slot would be kept.
    pub fn has_room(&self) -> bool {
        lock(&self.0).len() < MOST_WARM
    }

    /// Keeps a slot that has the image's bytes.
    pub fn give(&self, place: Place) {
        lock(&self.0).push(place);
    }
}
