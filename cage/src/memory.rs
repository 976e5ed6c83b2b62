//! Memory from the system: mappings for regions of their own, and slots for those made from images. With
//! `unsafe`. Must not know what regions hold, nor which slots are free (`pool.rs`).

#[cfg(target_os = "linux")]
use crate::image::Sheet;
#[cfg(not(target_os = "linux"))]
pub(crate) use crate::no_slot::Slot;
#[cfg(target_os = "linux")]
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mmap, mmap_anonymous};
use std::ptr::NonNull;

/// Zeroed memory from the system, given back when dropped.
#[cfg(not(miri))]
pub(crate) struct Mapping(memmap2::MmapMut);

#[cfg(not(miri))]
impl Mapping {
    pub fn new(len: usize) -> Option<Mapping> {
        let mut options = memmap2::MmapOptions::new();
        options
            .len(len)
            .no_reserve_swap()
            .map_anon()
            .ok()
            .map(Mapping)
    }

    pub fn start(&mut self) -> NonNull<u8> {
        NonNull::from(&mut self.0[..]).cast()
    }
}

/// Zeroed memory from the allocator: Miri knows no reservations.
#[cfg(miri)]
pub(crate) struct Mapping(NonNull<u8>, std::alloc::Layout);

#[cfg(miri)]
impl Mapping {
    pub fn new(len: usize) -> Option<Mapping> {
        let layout = std::alloc::Layout::from_size_align(len, 16).ok()?;
        // SAFETY: every region is larger than zero bytes.
        NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }).map(|at| Mapping(at, layout))
    }

    pub fn start(&mut self) -> NonNull<u8> {
        self.0
    }
}

#[cfg(miri)]
impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: allocated in `new` with this layout.
        unsafe { std::alloc::dealloc(self.0.as_ptr(), self.1) }
    }
}

/// Bytes that one page of page tables maps.
#[cfg(target_os = "linux")]
const TABLE: usize = 2 << 20;

/// Bytes that one page of the second level of them maps.
#[cfg(target_os = "linux")]
const TABLE_OF_TABLES: usize = 1 << 30;

/// Part of a large reservation that this value alone uses. Reservations are never given back, so a slot's
/// addresses stay its own for ever.
///
/// Neighbours without a view share one mapping of the system, of which a process may have some 65,000 only:
/// a slot that lies under a sheet takes one of them, one that does so in part two, and any other slot none.
///
/// *The layout*: `len` mapped bytes begin at `at`, which is a multiple of the size of a page, as is `len`.
#[cfg(target_os = "linux")]
pub(crate) struct Slot {
    at: NonNull<u8>,
    len: usize,
}

// SAFETY: a slot is the only one to use its bytes, and mappings belong to no thread.
#[cfg(target_os = "linux")]
unsafe impl Send for Slot {}

#[cfg(target_os = "linux")]
impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Slot")
    }
}

#[cfg(target_os = "linux")]
impl Slot {
    /// Reserves `count` slots of `len` bytes, all zero. Emptying a slot means to look through all its page
    /// tables. So of a large one the first `low` bytes, which regions use most, lie at the end of what one
    /// page of the second level maps, and no such page serves two slots.
    pub fn reserve(count: usize, len: usize, low: usize) -> Option<Vec<Slot>> {
        let (align, low) = match Slot::align(len) {
            TABLE => (TABLE, 0),
            align => (align, low.next_multiple_of(TABLE)),
        };
        let len = Slot::size(len);
        let total = count.checked_mul(len)?.checked_add(align + low)?;
        let flags = MapFlags::PRIVATE | MapFlags::NORESERVE;
        // SAFETY: no address is asked for, so the memory is new.
        let start = unsafe { mmap_anonymous(std::ptr::null_mut(), total, access(), flags) }.ok()?;
        let start = NonNull::new(start.cast::<u8>())?;
        let address = start.as_ptr() as usize;
        let first = (address + low).next_multiple_of(align) - low - address;
        let slot = |i| Slot {
            // SAFETY: `first` <= `align`, and the mapping is `align` longer than the slots.
            at: unsafe { start.add(first + i * len) },
            len,
        };
        Some((0..count).map(slot).collect())
    }

    fn align(len: usize) -> usize {
        match len > TABLE_OF_TABLES {
            true => TABLE_OF_TABLES,
            false => TABLE,
        }
    }

    /// Bytes of a slot of which `len` are wanted.
    pub fn size(len: usize) -> usize {
        len.next_multiple_of(Slot::align(len))
    }

    /// Bytes of this slot.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Where the slot begins.
    pub fn start(&self) -> NonNull<u8> {
        self.at
    }

    /// Puts a private view of a sheet in place of the first bytes. When this fails, the slot must not be used
    /// any more.
    pub fn cover(&mut self, sheet: &Sheet) -> Option<()> {
        let to = self.part(0, sheet.len)?;
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: the place lies inside this slot, which `&mut self` alone uses, and stays readable and
        // writable. The file is sealed, so that nobody can take its pages or its bytes away.
        unsafe { mmap(to.cast(), sheet.len, access(), flags, &sheet.file, 0) }.ok()?;
        Some(())
    }

    /// Takes back what has been written from byte `from` up to `to`: the bytes are those of the sheet that
    /// covers them, and zeros elsewhere. When this fails they may have any value.
    pub fn forget(&mut self, from: usize, to: usize) -> Option<()> {
        if from == to {
            return Some(());
        }
        let at = self.part(from, to)?;
        // SAFETY: the part lies inside this slot, which `&mut self` alone uses; any bytes are valid in it.
        unsafe { madvise(at.cast(), to - from, Advice::LinuxDontNeed) }.ok()
    }

    /// Makes the slot what it was when it was reserved: zeros, without views and advice. When this fails, the
    /// slot must not be used any more.
    pub fn clear(&mut self) -> Option<()> {
        let flags = MapFlags::PRIVATE | MapFlags::FIXED | MapFlags::NORESERVE;
        // SAFETY: the slot is mapped, and `&mut self` alone uses it.
        unsafe { mmap_anonymous(self.at.as_ptr().cast(), self.len, access(), flags) }.ok()?;
        Some(())
    }

    /// The address of byte `from`, if `from..to` are bytes of the slot.
    fn part(&self, from: usize, to: usize) -> Option<*mut u8> {
        let is_inside = from <= to && to <= self.len;
        is_inside.then(|| self.at.as_ptr().wrapping_add(from))
    }
}

#[cfg(target_os = "linux")]
fn access() -> ProtFlags {
    ProtFlags::READ | ProtFlags::WRITE
}
