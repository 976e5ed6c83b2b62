//! What new regions begin with: bytes that another region had. Must not map anything.
//!
//! The low bytes of an image lie in a *sheet*, a sealed file in memory, of which each new region gets a
//! private view: the system copies a page when a guest first writes to it, so a new guest costs what it
//! changes. Where there are no sheets, the bytes are copied.

use crate::region::{Cage, Masked};

/// Bytes of a page. Where pages have another size there are no sheets.
#[cfg(target_os = "linux")]
const PAGE: usize = 4096;

/// The bytes that new regions of a span begin with.
#[derive(Debug)]
pub struct Image {
    pub(crate) span: u64,
    /// From offset 0 on.
    pub(crate) low: Low,
    /// Other places with their bytes.
    pub(crate) pieces: Vec<(u32, Box<[u8]>)>,
}

/// Where the low bytes are.
#[derive(Debug)]
pub(crate) enum Low {
    Sheet(Sheet),
    Bytes(Box<[u8]>),
}

impl Image {
    /// Takes the bytes of a region below `low`, and those of some more places, given as offset and length.
    /// All others are zeros in the image.
    pub fn of<H>(cage: &Cage<'_, H, Masked>, span: u64, low: u32, places: &[(u32, u32)]) -> Image {
        let low = cage.bytes(0, low);
        let used = low
            .iter()
            .rposition(|&byte| byte != 0)
            .map_or(0, |at| at + 1);
        let low = low.get(..used).unwrap_or_default();
        let pieces = places.iter().map(|&(at, len)| (at, cage.bytes(at, len)));
        let pieces = pieces.filter(|(_, bytes)| bytes.iter().any(|&byte| byte != 0));
        let pieces = pieces.map(|(at, bytes)| (at, Box::from(bytes)));
        Image {
            span,
            low: Sheet::of(low).map_or_else(|| Low::Bytes(low.into()), Low::Sheet),
            pieces: pieces.collect(),
        }
    }
}

/// A file in memory that nobody can change any more.
#[derive(Debug)]
pub(crate) struct Sheet {
    #[cfg(target_os = "linux")]
    pub file: std::os::fd::OwnedFd,
    /// A multiple of the size of a page.
    #[cfg(target_os = "linux")]
    pub len: usize,
}

#[cfg(target_os = "linux")]
impl Sheet {
    /// A sheet with these bytes, if the system makes one.
    fn of(bytes: &[u8]) -> Option<Sheet> {
        use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, ftruncate, memfd_create};
        if cfg!(miri) || bytes.is_empty() || rustix::param::page_size() != PAGE {
            return None;
        }
        let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
        let file = memfd_create("bvm-image", flags).ok()?;
        let len = bytes.len().next_multiple_of(PAGE);
        ftruncate(&file, len as u64).ok()?;
        // Pages of zeros stay holes, which take no memory.
        for (i, page) in bytes.chunks(PAGE).enumerate() {
            if page.iter().any(|&byte| byte != 0) {
                let written = rustix::io::pwrite(&file, page, (i * PAGE) as u64).ok()?;
                if written != page.len() {
                    return None;
                }
            }
        }
        let seals = SealFlags::SEAL | SealFlags::SHRINK | SealFlags::GROW | SealFlags::WRITE;
        fcntl_add_seals(&file, seals).ok()?;
        Some(Sheet { file, len })
    }
}

#[cfg(not(target_os = "linux"))]
impl Sheet {
    fn of(_: &[u8]) -> Option<Sheet> {
        None
    }
}
