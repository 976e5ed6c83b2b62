//! Fuel as the engine holds it. Must not know what costs how much.
//!
//! Fuel is kept as a distance: F - ip is eight times the units left, and a slot has eight bytes. Going on
//! to the next slot therefore costs a unit by itself, and F has to be changed only where `ip` goes
//! elsewhere.
//!
//! `RUSTFLAGS="--cfg bvm_unmetered"` compiles the bookkeeping out, to measure what it costs. Such a
//! machine never stops; it is for nothing else.

use super::cpu::SLOT;
use crate::host::Host;
use crate::objects::root::{self, AT};
use bvm_cage::{Cage, Span};

/// Whether this build counts fuel at all.
pub(crate) const METERED: bool = cfg!(not(bvm_unmetered));

#[cfg(not(bvm_unmetered))]
type Distance = i64;
#[cfg(bvm_unmetered)]
type Distance = ();

/// The register F.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fuel(Distance);

impl Fuel {
    /// Takes up the fuel that the root page keeps, at `ip`.
    #[inline(always)]
    pub fn wake<S: Span>(mem: &Cage<'_, Host, S>, ip: u32) -> Fuel {
        Fuel::new(|| mem.get(AT, root::FUEL).wrapping_add(i64::from(ip)))
    }

    /// So many eighths of a unit at `ip`.
    #[inline]
    pub fn with(left: i64, ip: u32) -> Fuel {
        Fuel::new(|| left.wrapping_add(i64::from(ip)))
    }

    /// Puts the fuel that is left at `ip` into the root page.
    #[inline(always)]
    pub fn sleep<S: Span>(self, mem: &mut Cage<'_, Host, S>, ip: u32) {
        if METERED {
            mem.set(AT, root::FUEL, self.left(ip));
        }
    }

    /// Units left at `ip`.
    #[inline]
    pub fn units(self, ip: u32) -> u64 {
        match METERED {
            true => self.left(ip).max(0) as u64 / 8,
            false => u64::MAX,
        }
    }

    /// Goes along with a jump by `by` bytes from the next slot, which then costs a unit as any
    /// instruction.
    #[inline(always)]
    pub fn jump(&mut self, by: i32) {
        self.change(|f| f.wrapping_add(i64::from(by)));
    }

    /// Goes over one slot for nothing.
    #[inline(always)]
    pub fn skip(&mut self) {
        self.change(|f| f.wrapping_add(i64::from(SLOT)));
    }

    /// Goes from one place to another for nothing.
    #[inline(always)]
    pub fn go(&mut self, from: u32, to: u32) {
        self.change(|f| f.wrapping_sub(i64::from(from)).wrapping_add(i64::from(to)));
    }

    /// Takes a few units, as handlers do: the distance is far from wrapping where `u32` units matter.
    #[inline(always)]
    pub fn pay(&mut self, units: u32) {
        self.change(|f| f.wrapping_sub(i64::from(units) * 8));
    }

    /// Takes many eighths of a unit that are kept elsewhere.
    #[inline]
    pub fn sink(&mut self, by: i64) {
        self.change(|f| f.wrapping_sub(by));
    }

    /// Takes `units` without asking whether there is enough.
    #[inline]
    pub fn take(&mut self, units: u64) {
        // More than that is not to be had in years, and a thousand of them do not wrap: long before that
        // somebody has asked.
        const MOST: u64 = 1 << 50;
        let cost = units.min(MOST) as i64 * 8;
        self.change(|f| f.wrapping_sub(cost));
    }
}

#[cfg(not(bvm_unmetered))]
impl Fuel {
    #[inline(always)]
    fn new(distance: impl FnOnce() -> i64) -> Fuel {
        Fuel(distance())
    }

    /// Eighths of a unit left at `ip`.
    #[inline(always)]
    pub fn left(self, ip: u32) -> i64 {
        self.0.wrapping_sub(i64::from(ip))
    }

    /// Whether it is used up at `ip`.
    #[inline(always)]
    pub fn is_dry(self, ip: u32) -> bool {
        self.0 < i64::from(ip)
    }

    #[inline(always)]
    fn change(&mut self, by: impl FnOnce(i64) -> i64) {
        self.0 = by(self.0);
    }
}

#[cfg(bvm_unmetered)]
impl Fuel {
    #[inline(always)]
    fn new(_: impl FnOnce() -> i64) -> Fuel {
        Fuel(())
    }

    #[inline(always)]
    pub fn left(self, _: u32) -> i64 {
        0
    }

    #[inline(always)]
    pub fn is_dry(self, _: u32) -> bool {
        false
    }

    #[inline(always)]
    fn change(&mut self, _: impl FnOnce(i64) -> i64) {}
}
