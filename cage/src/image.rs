//! What new regions begin with: bytes that another region had. Must not map anything.
//!
//! An image lies in a *sheet*, a sealed file in memory, of which each new region gets a private view: the system
//! copies a page when a guest first writes to it, so a new guest costs what it changes. Where there are no
//! sheets, all bytes are copied.

use crate::memory::Slot;
use crate::pool::{Place, Warm};
use crate::region::{Cage, Masked, Region};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Bytes behind the bulk that a region is expected to use soon.
const ROOM: usize = 4 << 20;

/// Slots of at most this size lie under their sheet as a whole. So they take one mapping of the system instead of
/// two, but what the sheet shows as zeros takes memory twice when it is written: once for the sheet.
const WHOLE: usize = 16 << 20;

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
    /// Pages that every region changes, by their offsets, in order: elsewhere, and some of the bulk.
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
    /// length. All others are zeros in the image. Regions soon write to the places; to the bulk only where it is
    /// busy, at some offsets.
    pub fn of<H>(
        cage: &Cage<'_, H, Masked>,
        span: u64,
        (bulk, busy): ((u32, u32), &[u32]),
        places: &[(u32, u32)],
    ) -> Image {
        let bytes = cage.bytes(bulk.0, bulk.1);
        let used = bytes.iter().rposition(|&byte| byte != 0);
        let bytes = bytes.get(..used.map_or(0, |at| at + 1)).unwrap_or_default();
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
        let sheet = match bulk.0.is_multiple_of(PAGE) {
            true => Sheet::over::<H>(span, (bulk.0, bytes), &pages),
            false => None,
        };
        for at in busy.iter().map(|at| at - at % PAGE) {
            let from = at.checked_sub(bulk.0).map(|from| from as usize);
            if let Some(rest) = from.and_then(|from| bytes.get(from..)) {
                let mut page = Page::new([0; PAGE as usize]);
                page.iter_mut().zip(rest).for_each(|(to, &byte)| *to = byte);
                pages.insert(at, page);
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

    /// A place for a region of `len` bytes, if there are such places, and whether it is as it is to be.
    pub(crate) fn place(&self, len: usize) -> Option<(Place, bool)> {
        let Bulk::Sheet(sheet) = &self.0.bulk else {
            return None;
        };
        if let Some(place) = self.0.warm.take() {
            return Some((place, true));
        }
        let mut place = Place::empty(len, sheet.end + ROOM)?;
        place.cover(sheet)?;
        let is_ready = place.is_covered();
        Some((place, is_ready))
    }

    /// Writes the image's bytes into a region of zeros.
    pub(crate) fn write<H>(&self, cage: &mut Cage<'_, H, Masked>) -> Option<()> {
        cage.write(self.0.bulk_at, &self.bulk()?);
        self.renew(cage);
        Some(())
    }

    /// Writes the pages that every region changes as they were.
    pub(crate) fn renew<H>(&self, cage: &mut Cage<'_, H, Masked>) {
        for (at, page) in &self.0.pages {
            cage.write(*at, &page[..]);
        }
    }

    fn bulk(&self) -> Option<Cow<'_, [u8]>> {
        match &self.0.bulk {
            Bulk::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
            Bulk::Sheet(sheet) => sheet.bulk().map(Cow::Owned),
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

/// A file in memory that nobody can change any more: what a slot is to begin with.
#[derive(Debug)]
pub(crate) struct Sheet {
    #[cfg(target_os = "linux")]
    pub file: std::os::fd::OwnedFd,
    /// Bytes of a slot that it shows: a multiple of the size of a page.
    pub len: usize,
    /// Where the bulk of the image begins, and where it ends.
    start: usize,
    end: usize,
}

#[cfg(target_os = "linux")]
impl Sheet {
    /// A sheet for slots whose regions have a span: with the bulk of an image at an offset, and pages, if the
    /// system makes one.
    fn over<H>(span: u64, bulk: (u32, &[u8]), pages: &BTreeMap<u32, Page>) -> Option<Sheet> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
        if cfg!(miri) || bulk.1.is_empty() || rustix::param::page_size() != PAGE as usize {
            return None;
        }
        let start = Region::<H>::BASE + bulk.0 as usize;
        let end = start + bulk.1.len().next_multiple_of(PAGE as usize);
        let slot = Slot::size(Region::<H>::total(span.trailing_zeros()));
        let len = if slot <= WHOLE { slot } else { end };
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create("bvm-image", flags).ok()?;
        ftruncate(&file, len as u64).ok()?;
        let at = |offset: &u32| Region::<H>::BASE + *offset as usize;
        let pages = pages.iter().map(|(offset, page)| (at(offset), &page[..]));
        let bulk = (start..)
            .step_by(PAGE as usize)
            .zip(bulk.1.chunks(PAGE as usize));
        for (at, page) in pages.chain(bulk) {
            // Pages of zeros stay holes, which take no memory.
            if page.iter().any(|&byte| byte != 0) {
                let written = rustix::io::pwrite(&file, page, at as u64).ok()?;
                if written != page.len() {
                    return None;
                }
            }
        }
        let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
        fcntl_add_seals(&file, seals).ok()?;
        Some(Sheet {
            file,
            len,
            start,
            end,
        })
    }

    /// The bulk of the image.
    fn bulk(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; self.end - self.start];
        let read = rustix::io::pread(&self.file, &mut bytes, self.start as u64).ok()?;
        (read == bytes.len()).then_some(bytes)
    }
}

#[cfg(not(target_os = "linux"))]
impl Sheet {
    fn over<H>(_: u64, _: (u32, &[u8]), _: &BTreeMap<u32, Page>) -> Option<Sheet> {
        None
    }

    fn bulk(&self) -> Option<Vec<u8>> {
        None
    }
}
