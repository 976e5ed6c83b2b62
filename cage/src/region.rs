//! The region, its token of access and its windows: nearly all `unsafe` of bvm.
//!
//! Every block below leans on one fact, called *the layout*: the mapping holds, from `base`,
//! `span + SLACK` readable and writable bytes, and below `base` one pad of [`PAD`] bytes and then
//! the host header. `mask` is `span - 1`.

use crate::error::RegionError;
use crate::field::Field;
use crate::image::Image;
use crate::memory::Mapping;
use crate::pool::Place;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The span of the smallest regions, as a power of two.
const LEAST_BITS: u32 = 16;

/// Bytes after the span that an access may reach by its displacement.
pub const SLACK: usize = 1 << 20;
/// Bytes between the host header and offset 0, for accesses just below a window.
const PAD: usize = 4096;

/// Types that any bytes are a valid value of; sealed by being unsafe to implement.
///
/// # Safety
/// Every bit pattern of `size_of::<Self>() <= 8` bytes must be a valid value.
pub unsafe trait Plain: Copy + 'static {}
// SAFETY: integers and floats of at most eight bytes accept any bits.
unsafe impl Plain for u8 {}
// SAFETY: as above.
unsafe impl Plain for i8 {}
// SAFETY: as above.
unsafe impl Plain for u16 {}
// SAFETY: as above.
unsafe impl Plain for i16 {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for i32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}
// SAFETY: as above.
unsafe impl Plain for i64 {}
// SAFETY: as above.
unsafe impl Plain for f64 {}

/// How offsets are kept inside a region; there are two ways, [`Masked`] and [`Full`].
pub trait Span: sealed::Sealed + Sized + 'static {
    /// What a token of access carries to cut offsets by.
    type Mask: Copy;
}

mod sealed {
    /// Makes [`super::Span`] a closed set; the mask must be the region's, or one that cuts nothing
    /// for a region of 2^32 bytes.
    pub trait Sealed {
        /// The carried mask as a number.
        fn bits(mask: &<Self as super::Span>::Mask) -> u32
        where
            Self: super::Span;
    }
}

/// Access to a region of any span: each offset is cut by the region's mask.
#[derive(Debug)]
pub enum Masked {}
/// Access to a region of 2^32 bytes: no offset needs cutting.
#[derive(Debug)]
pub enum Full {}

impl Span for Masked {
    type Mask = u32;
}
impl sealed::Sealed for Masked {
    #[inline(always)]
    fn bits(mask: &u32) -> u32 {
        // No region is smaller, so this changes nothing; but it shows that constant offsets below need no cutting.
        *mask | ((1 << LEAST_BITS) - 1)
    }
}
impl Span for Full {
    type Mask = ();
}
impl sealed::Sealed for Full {
    #[inline(always)]
    fn bits((): &()) -> u32 {
        u32::MAX
    }
}

/// What lies directly below the pad: the region's mask, whether the system has been told something about its
/// bytes, and the owner's data.
struct Header<H> {
    mask: u32,
    is_advised: bool,
    host: H,
}

/// Where a region's bytes are from: the system, or a place that others have had before.
enum Memory {
    #[expect(dead_code, reason = "held until it is dropped")]
    Own(Mapping),
    Place(Place, Image),
}

/// A reserved region and the host data that belongs to it; zeroed when made.
pub struct Region<H> {
    base: NonNull<u8>,
    span: usize,
    /// Taken out when dropped.
    memory: Option<Memory>,
    host: PhantomData<H>,
}

// SAFETY: the region owns its memory and its H alone; nothing in it is tied to a thread.
unsafe impl<H: Send> Send for Region<H> {}

impl<H> std::fmt::Debug for Region<H> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Region").field("span", &self.span).finish()
    }
}

impl<H> Region<H> {
    const HEADER: usize = size_of::<Header<H>>().next_multiple_of(4096);

    /// The byte of a region's memory that is offset 0.
    pub(crate) const BASE: usize = Self::HEADER + PAD;

    /// Reserves 4 GiB, or the largest smaller power of two that the system grants.
    ///
    /// # Errors
    /// When not even 16 MiB of address space are to be had.
    pub fn new(host: H) -> Result<Region<H>, RegionError> {
        let largest = if cfg!(miri) || usize::BITS < 64 {
            24
        } else {
            32
        };
        let bits = (24..=largest).rev();
        let mut found = bits.filter_map(|bits| Mapping::new(Self::total(bits)).map(|m| (m, bits)));
        let (mut memory, bits) = found.next().ok_or(RegionError)?;
        Ok(Self::place(memory.start(), Memory::Own(memory), bits, host))
    }

    /// Reserves exactly 2^`bits` bytes, `bits` from 16 to 32 (others are brought into that range).
    ///
    /// # Errors
    /// When the system refuses.
    pub fn with_span(host: H, bits: u32) -> Result<Region<H>, RegionError> {
        let bits = bits.clamp(LEAST_BITS, 32);
        let mut memory = Mapping::new(Self::total(bits)).ok_or(RegionError)?;
        Ok(Self::place(memory.start(), Memory::Own(memory), bits, host))
    }

    /// Reserves a region of the image's span that begins with the image's bytes.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn from_image(host: H, image: &Image) -> Result<Region<H>, RegionError> {
        let bits = image.span().trailing_zeros().clamp(LEAST_BITS, 32);
        let total = Self::total(bits);
        if let Some((mut place, is_ready)) = image.place(total)
            && let Some(slot) = place.slot()
        {
            let start = slot.start();
            let memory = Memory::Place(place, image.clone());
            let mut region = Self::place(start, memory, bits, host);
            if !is_ready {
                let written = region.enter(|cage| image.write(cage));
                written.ok_or(RegionError)?;
            }
            return Ok(region);
        }
        let mut region = Self::with_span(host, bits)?;
        let written = region.enter(|cage| image.write(cage));
        written.ok_or(RegionError)?;
        Ok(region)
    }

    pub(crate) fn total(bits: u32) -> usize {
        Self::BASE + (1usize << bits) + SLACK
    }

    /// `start` is where the memory begins, which has `total(bits)` bytes.
    fn place(start: NonNull<u8>, memory: Memory, bits: u32, host: H) -> Region<H> {
        let span = 1usize << bits;
        let header = Header {
            mask: (span - 1) as u32,
            is_advised: false,
            host,
        };
        // SAFETY: the memory is HEADER + PAD + span + SLACK bytes long and at least 16-aligned
        // at its start, so the last Header-aligned place before the pad lies inside it.
        let base = unsafe {
            let base = start.add(Self::BASE);
            Self::header(base).write(header);
            base
        };
        Region {
            base,
            span,
            memory: Some(memory),
            host: PhantomData,
        }
    }

    /// Where the header lies for a given base: its end touches the pad's start.
    #[inline(always)]
    const fn header(base: NonNull<u8>) -> NonNull<Header<H>> {
        const { assert!(align_of::<Header<H>>() <= 16) };
        let size = size_of::<Header<H>>().next_multiple_of(16);
        // SAFETY: `size` <= HEADER, so by the layout the result is inside the mapping.
        unsafe { base.sub(PAD + size).cast() }
    }

    fn mask(&self) -> u32 {
        (self.span - 1) as u32
    }

    /// Bytes that offsets can name, a power of two.
    pub fn span(&self) -> u64 {
        self.span as u64
    }

    /// Gives access to the region for the time of the call.
    pub fn enter<R>(&mut self, f: impl for<'c> FnOnce(&mut Cage<'c, H, Masked>) -> R) -> R {
        f(&mut Cage::over(self.base, self.mask()))
    }

    /// Gives access for reading.
    pub fn peek<R>(&self, f: impl for<'c> FnOnce(&Cage<'c, H, Masked>) -> R) -> R {
        f(&Cage::over(self.base, self.mask()))
    }

    /// Gives access in the fastest form that the region's span allows.
    pub fn enter_best<R>(&mut self, f: impl for<'c> FnOnce(Entry<'c, H>) -> R) -> R {
        if self.span == 1 << 32 {
            f(Entry::Full(Cage::over(self.base, ())))
        } else {
            f(Entry::Masked(Cage::over(self.base, self.mask())))
        }
    }

    /// The owner's data.
    pub fn host(&self) -> &H {
        // SAFETY: the header was written in `place`; &self excludes writers.
        unsafe { &Self::header(self.base).as_ref().host }
    }

    /// The owner's data.
    pub fn host_mut(&mut self) -> &mut H {
        // SAFETY: the header was written in `place`; &mut self excludes other users.
        unsafe { &mut Self::header(self.base).as_mut().host }
    }
}

impl<H> Drop for Region<H> {
    fn drop(&mut self) {
        // SAFETY: the header was written in `place`; `&mut self` excludes other users.
        let is_advised = unsafe { Self::header(self.base).as_ref().is_advised };
        let memory = self.memory.take();
        let wanted = match &memory {
            Some(Memory::Place(place, image)) => !is_advised && image.wants(place),
            _ => false,
        };
        if let (true, Some(Memory::Place(_, image))) = (wanted, &memory) {
            self.enter(|cage| image.renew(cage));
        }
        // SAFETY: the header was written in `place` and is dropped only here.
        unsafe { Self::header(self.base).drop_in_place() };
        if let (true, Some(Memory::Place(place, image))) = (wanted, memory) {
            // A place that is not kept is dropped, which empties it.
            let _ = image.keep(
                place,
                Self::HEADER,
                Self::BASE,
                Self::BASE + self.span + SLACK,
            );
        }
    }
}

/// The token of access, in the form that the region's span allows.
#[derive(Debug)]
pub enum Entry<'c, H> {
    /// A region of 2^32 bytes.
    Full(Cage<'c, H, Full>),
    /// A smaller region.
    Masked(Cage<'c, H, Masked>),
}

/// Makes a type invariant in `'c`, so that no two regions' tokens and windows can be mixed.
type Brand<'c> = fn(&'c ()) -> &'c ();

/// The one token of access to a region; made by [`Region::enter`] only.
pub struct Cage<'c, H, S: Span = Masked> {
    base: NonNull<u8>,
    mask: S::Mask,
    brand: PhantomData<(Brand<'c>, *mut H, S)>,
}

impl<H, S: Span> std::fmt::Debug for Cage<'_, H, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cage")
    }
}

/// A token that stands for another one while that is borrowed.
#[derive(Debug)]
pub struct Borrowed<'a, 'c, H> {
    cage: Cage<'c, H, Masked>,
    borrow: PhantomData<&'a mut ()>,
}

impl<'c, H> std::ops::Deref for Borrowed<'_, 'c, H> {
    type Target = Cage<'c, H, Masked>;
    #[inline(always)]
    fn deref(&self) -> &Self::Target {
        &self.cage
    }
}

impl<H> std::ops::DerefMut for Borrowed<'_, '_, H> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.cage
    }
}

/// A place inside the region of brand `'c`, from which registers or constants are counted.
#[derive(Debug)]
#[repr(transparent)]
pub struct Window<'c> {
    at: NonNull<u8>,
    brand: PhantomData<Brand<'c>>,
}

impl Clone for Window<'_> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl Copy for Window<'_> {}

impl<'c, H, S: Span> Cage<'c, H, S> {
    fn over(base: NonNull<u8>, mask: S::Mask) -> Self {
        Cage {
            base,
            mask,
            brand: PhantomData,
        }
    }

    #[inline(always)]
    fn mask(&self) -> u32 {
        S::bits(&self.mask)
    }

    /// The host address of an offset: inside the span, whatever the offset.
    #[inline(always)]
    fn address(&self, off: u32) -> NonNull<u8> {
        // SAFETY: off & mask < span, so by the layout the result is inside the mapping.
        unsafe { self.base.add((off & self.mask()) as usize) }
    }

    /// The same token in the form that works for every span, for cold code: while it is in use, the
    /// borrow keeps this one out of use.
    #[inline(always)]
    pub fn masked(&mut self) -> Borrowed<'_, 'c, H> {
        // SAFETY: the header's mask never changes after `place`.
        let mask = unsafe { (*Region::<H>::header(self.base).as_ptr()).mask };
        Borrowed {
            cage: Cage::over(self.base, mask),
            borrow: PhantomData,
        }
    }

    /// Reads the value at an offset.
    #[inline(always)]
    pub fn load<T: Plain>(&self, off: u32) -> T {
        // SAFETY: eight bytes from any address inside the span are inside span + SLACK; T is plain.
        unsafe { self.address(off).cast::<T>().read_unaligned() }
    }

    /// Writes the value at an offset.
    #[inline(always)]
    pub fn store<T: Plain>(&mut self, off: u32, value: T) {
        // SAFETY: as in `load`; &mut self excludes other users of the bytes.
        unsafe { self.address(off).cast::<T>().write_unaligned(value) }
    }

    /// Reads a field of the object at `off`.
    #[inline(always)]
    pub fn get<T: Plain>(&self, off: u32, field: Field<T>) -> T {
        // SAFETY: a 16-bit displacement from inside the span, plus eight bytes, is inside the slack.
        unsafe {
            self.address(off)
                .add(field.disp as usize)
                .cast::<T>()
                .read_unaligned()
        }
    }

    /// Writes a field of the object at `off`.
    #[inline(always)]
    pub fn set<T: Plain>(&mut self, off: u32, field: Field<T>, value: T) {
        // SAFETY: as in `get`; &mut self excludes other users of the bytes.
        unsafe {
            self.address(off)
                .add(field.disp as usize)
                .cast::<T>()
                .write_unaligned(value)
        }
    }

    /// The window that starts at an offset.
    #[inline(always)]
    pub fn window(&self, off: u32) -> Window<'c> {
        Window {
            at: self.address(off),
            brand: PhantomData,
        }
    }

    /// The offset where a window starts.
    #[inline(always)]
    pub fn offset_of(&self, window: Window<'c>) -> u32 {
        (window.at.as_ptr() as usize).wrapping_sub(self.base.as_ptr() as usize) as u32
    }

    /// Reads the word number `index` of a window.
    #[inline(always)]
    pub fn reg<T: Plain>(&self, window: Window<'c>, index: u8) -> T {
        // SAFETY: a window starts inside the span; 255 * 8 + 8 bytes more are inside the slack.
        unsafe {
            window
                .at
                .add(index as usize * 8)
                .cast::<T>()
                .read_unaligned()
        }
    }

    /// Reads the upper half of the word number `index` of a window.
    #[inline(always)]
    pub fn reg_high(&self, window: Window<'c>, index: u8) -> u32 {
        // SAFETY: as in `reg`.
        unsafe {
            window
                .at
                .add(index as usize * 8 + 4)
                .cast::<u32>()
                .read_unaligned()
        }
    }

    /// Writes the word number `index` of a window.
    #[inline(always)]
    pub fn set_reg<T: Plain>(&mut self, window: Window<'c>, index: u8, value: T) {
        // SAFETY: as in `reg`; &mut self excludes other users of the bytes.
        unsafe {
            window
                .at
                .add(index as usize * 8)
                .cast::<T>()
                .write_unaligned(value)
        }
    }

    /// Reads word number `index` of a window of constants.
    #[inline(always)]
    pub fn konst<T: Plain>(&self, window: Window<'c>, index: u16) -> T {
        // SAFETY: a window starts inside the span; 65535 * 8 + 8 bytes more are inside the slack.
        unsafe {
            window
                .at
                .add(index as usize * 8)
                .cast::<T>()
                .read_unaligned()
        }
    }

    /// Reads the word directly below a window.
    #[inline(always)]
    pub fn below<T: Plain>(&self, window: Window<'c>) -> T {
        // SAFETY: a window starts at base or above; the eight bytes below base belong to the pad,
        // which nothing else uses.
        unsafe { window.at.sub(8).cast::<T>().read_unaligned() }
    }

    /// Writes the word directly below a window.
    #[inline(always)]
    pub fn set_below<T: Plain>(&mut self, window: Window<'c>, value: T) {
        // SAFETY: as in `below`; &mut self excludes other users of the bytes.
        unsafe { window.at.sub(8).cast::<T>().write_unaligned(value) }
    }

    /// How many of `len` bytes from `off` lie inside span and slack, and where they start.
    #[inline]
    fn clip(&self, off: u32, len: usize) -> (NonNull<u8>, usize) {
        let off = (off & self.mask()) as usize;
        // SAFETY: as in `address`.
        let at = unsafe { self.base.add(off) };
        // SAFETY: the header's mask never changes after `place`.
        let span = unsafe { (*Region::<H>::header(self.base).as_ptr()).mask } as usize + 1;
        (at, len.min(span + SLACK - off))
    }

    /// Bytes from `off`; fewer than `len` where the region ends.
    #[inline]
    pub fn bytes(&self, off: u32, len: u32) -> &[u8] {
        let (at, len) = self.clip(off, len as usize);
        // SAFETY: `clip` keeps the slice inside the mapping; &self excludes writers.
        unsafe { std::slice::from_raw_parts(at.as_ptr(), len) }
    }

    /// Bytes from `off` to write to; fewer than `len` where the region ends.
    #[inline]
    pub fn bytes_mut(&mut self, off: u32, len: u32) -> &mut [u8] {
        let (at, len) = self.clip(off, len as usize);
        // SAFETY: as in `bytes`; &mut self excludes all other users.
        unsafe { std::slice::from_raw_parts_mut(at.as_ptr(), len) }
    }

    /// Writes bytes from `off` on, as far as the region goes.
    pub(crate) fn write(&mut self, off: u32, bytes: &[u8]) {
        let place = self.bytes_mut(off, bytes.len() as u32);
        let len = place.len();
        place.copy_from_slice(bytes.get(..len).unwrap_or_default());
    }

    /// Copies `len` bytes, which may overlap, as far as both places lie inside the region.
    #[inline]
    pub fn copy(&mut self, from: u32, to: u32, len: u32) {
        let (from, len) = self.clip(from, len as usize);
        let (to, len) = self.clip(to, len);
        // SAFETY: `clip` keeps both inside the mapping; `copy` allows overlap.
        unsafe { std::ptr::copy(from.as_ptr(), to.as_ptr(), len) }
    }

    /// Tells the system that all bytes from `from` up to `to` will be in use, so that it may back them by
    /// large pages, which are quicker to find; one that has none goes on with small ones.
    #[cfg(all(target_os = "linux", not(miri)))]
    pub fn expect_dense(&mut self, from: u32, to: u32) {
        self.advise(from, to, rustix::mm::Advice::LinuxHugepage);
    }

    /// Has the system give the memory of all bytes from `from` up to `to` now, and not page by page as they are first
    /// written to. Where it cannot, it will be given then.
    #[cfg(all(target_os = "linux", not(miri)))]
    pub fn commit(&mut self, from: u32, to: u32) {
        const PAGE: u32 = 4096;
        self.advise(
            from & !(PAGE - 1),
            to,
            rustix::mm::Advice::LinuxPopulateWrite,
        );
    }

    #[cfg(all(target_os = "linux", not(miri)))]
    fn advise(&mut self, from: u32, to: u32, advice: rustix::mm::Advice) {
        let (at, len) = self.clip(from, to.saturating_sub(from) as usize);
        // SAFETY: `clip` keeps the range inside the mapping, and neither advice changes a byte of it.
        let _ = unsafe { rustix::mm::madvise(at.as_ptr().cast(), len, advice) };
        // SAFETY: the header was written in `place`; &mut self excludes other users.
        unsafe { Region::<H>::header(self.base).as_mut().is_advised = true };
    }

    /// Elsewhere there is no such advice.
    #[cfg(any(miri, not(target_os = "linux")))]
    pub fn expect_dense(&mut self, _: u32, _: u32) {}

    /// Elsewhere memory is given as it is written to.
    #[cfg(any(miri, not(target_os = "linux")))]
    pub fn commit(&mut self, _: u32, _: u32) {}

    /// The owner's data.
    #[inline(always)]
    pub fn host(&self) -> &H {
        // SAFETY: the header was written in `place`; &self excludes writers.
        unsafe { &(*Region::<H>::header(self.base).as_ptr()).host }
    }

    /// The owner's data.
    #[inline(always)]
    pub fn host_mut(&mut self) -> &mut H {
        // SAFETY: the header was written in `place`; &mut self excludes other users.
        unsafe { &mut (*Region::<H>::header(self.base).as_ptr()).host }
    }
}
