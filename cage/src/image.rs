//! What new regions begin with: bytes that another region had. Must not map anything.
//!
//! The bulk of an image lies in a *sheet*, a sealed file in memory, of which each new region gets a private
//! view: the system copies a page when a guest first writes to it, so a new guest costs what it changes.
//! What every guest changes is copied at once. Where there are no sheets, all bytes are copied.

use crate::pool::{Place, Warm};
use crate::region::{Cage, Masked};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes behind the bulk that a region is expected to use soon.
const ROOM: usize = 4 << 20;

/// Bytes of a page. Where pages have another size there are no sheets.
const PAGE: u32 = 4096;

/// The bytes that new regions of a span begin with. Copies are the same image.
#[derive(Debug, Clone)]
pub struct Image(Arc<Content>);

#[derive(Debug)]
struct Content {
    span: u64,
    /// Where the bulk of the bytes begins, and what it is.
    bulk_at: u32,
    bulk: Bulk,
    /// Pages elsewhere that every region gets copies of, by their offsets, in order.
    pages: Vec<(u32, Page)>,
    warm: Warm,
}

type Page = Box<[u8; PAGE as usize]>;

#[derive(Debug)]
enum Bulk {
    Sheet(Sheet),
    Bytes(Box<[u8]>),
}

impl Image {
    /// Takes bytes of a region: the bulk of them, and those of some more places, all given as offset and
    /// length. All others are zeros in the image. Regions soon write to the places, but not to all of the bulk.
    pub fn of<H>(
        cage: &Cage<'_, H, Masked>,
        span: u64,
        bulk: (u32, u32),
        places: &[(u32, u32)],
    ) -> Image {
        let bytes = cage.bytes(bulk.0, bulk.1);
        let used = bytes.iter().rposition(|&byte| byte != 0);
        let bytes = bytes.get(..used.map_or(0, |at| at + 1)).unwrap_or_default();
        let sheet = if bulk.0.is_multiple_of(PAGE) {
            Sheet::of(bytes)
        } else {
            None
        };
        let mut pages = BTreeMap::new();
        for &(at, len) in places {
            for (at, &byte) in (at..).zip(cage.bytes(at, len)) {
                if byte != 0 {
                    let page = pages
                        .entry(at - at % PAGE)
                        .or_insert_with(|| Page::new([0; PAGE as usize]));
                    if let Some(place) = page.get_mut((at % PAGE) as usize) {
                        *place = byte;
                    }
                }
            }
        }
        Image(Arc::new(Content {
            span,
            bulk_at: bulk.0,
            bulk: sheet.map_or_else(|| Bulk::Bytes(bytes.into()), Bulk::Sheet),
            pages: pages.into_iter().collect(),
            warm: Warm::default(),
        }))
    }

    /// Bytes that offsets can name.
    pub fn span(&self) -> u64 {
        self.0.span
    }

    /// A place for a region of `len` bytes whose offset 0 is byte `base`, if there are such places, and whether
    /// the image's bytes are in it.
    pub(crate) fn place(&self, base: usize, len: usize) -> Option<(Place, bool)> {
        let Bulk::Sheet(sheet) = &self.0.bulk else {
            return None;
        };
        if let Some(place) = self.0.warm.take() {
            return Some((place, true));
        }
        let at = base + self.0.bulk_at as usize;
        let mut place = Place::empty(len, at + sheet.len + ROOM)?;
        place.cover(at, sheet)?;
        Some((place, false))
    }

    /// Writes the image's bytes into a region: all, or those that no sheet can show.
    pub(crate) fn write<H>(&self, cage: &mut Cage<'_, H, Masked>, is_covered: bool) -> Option<()> {
        if !is_covered {
            cage.write(self.0.bulk_at, &self.bulk()?);
        }
        for (at, page) in &self.0.pages {
            cage.write(*at, &page[..]);
        }
        Some(())
    }

    fn bulk(&self) -> Option<Cow<'_, [u8]>> {
        match &self.0.bulk {
            Bulk::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Bulk::Sheet(sheet) => sheet.bytes().map(Cow::Owned),
        }
    }

    /// Whether a place is worth being made ready for another region.
    pub(crate) fn wants(&self, place: &Place) -> bool {
        // This image is not the last that knows of itself.
        place.is_covered() && Arc::strong_count(&self.0) > 1 && self.0.warm.has_room()
    }

    /// Keeps a place for the next region, after the image's pages have been written: takes back all else that
    /// is in it from byte `from` up to byte `to`. Offset 0 is byte `base`.
    pub(crate) fn keep(&self, mut place: Place, from: usize, base: usize, to: usize) -> Option<()> {
        let slot = place.slot()?;
        let mut from = from;
        for (at, _) in &self.0.pages {
            let at = base + *at as usize;
            slot.forget(from, at)?;
            from = at + PAGE as usize;
        }
        slot.forget(from, to)?;
        self.0.warm.give(place);
        Some(())
    }
}

/// A file in memory that nobody can change any more.
#[derive(Debug)]
pub(crate) struct Sheet {
    #[cfg(target_os = "linux")]
    pub file: std::os::fd::OwnedFd,
    /// A multiple of the size of a page.
    pub len: usize,
}

#[cfg(target_os = "linux")]
impl Sheet {
    /// A sheet with these bytes, if the system makes one.
    fn of(bytes: &[u8]) -> Option<Sheet> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
        if cfg!(miri) || bytes.is_empty() || rustix::param::page_size() != PAGE as usize {
            return None;
        }
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create("bvm-image", flags).ok()?;
        let len = bytes.len().next_multiple_of(PAGE as usize);
        ftruncate(&file, len as u64).ok()?;
        // Pages of zeros stay holes, which take no memory.
        for (i, page) in bytes.chunks(PAGE as usize).enumerate() {
            if page.iter().any(|&byte| byte != 0) {
                let written = rustix::io::pwrite(&file, page, (i * PAGE as usize) as u64).ok()?;
                if written != page.len() {
                    return None;
                }
            }
        }
        let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
        fcntl_add_seals(&file, seals).ok()?;
        Some(Sheet { file, len })
    }

    /// What is on the sheet.
    fn bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.len];
        let read = rustix::io::pread(&self.file, &mut bytes, 0).ok()?;
        (read == self.len).then_some(bytes)
    }
}

#[cfg(not(target_os = "linux"))]
impl Sheet {
    fn of(_: &[u8]) -> Option<Sheet> {
        None
    }

    fn bytes(&self) -> Option<Vec<u8>> {
        None
    }
}
