//! One guest's memory: a reserved region that no 32-bit offset can leave.
//!
//! ```text
//!   | host header H | pad 4 KiB | offset 0 ........ span (2^16..2^32 bytes) | slack 1 MiB |
//!                               ^ base
//! ```
//!
//! * A reference inside a guest is a `u32` offset from `base`. In a *full* region the span is
//!   2^32 bytes, so every `u32` lies inside it and an access needs no check at all. In a smaller
//!   region an offset is cut by the region's mask first. Fields and registers add a displacement
//!   of at most 16 bits times eight, which the slack holds.
//! * Reads and writes are plain bytes of plain types: whatever a guest's memory contains, no access
//!   through this crate touches the host or another guest. The heap, the collector and the engine
//!   above may be wrong; they cannot be unsafe.
//! * [`Cage`] is the one token of access to a region. It is not `Copy`, so Rust's borrow rules
//!   hold for guest bytes as for any others; its brand `'c` ties [`Window`]s to their region.
//!
//! This crate must not know values, objects or Lua.
//!
//! ```
//! use bvm_cage::{Region, Field};
//! const LEN: Field<u32> = Field::at(4);
//! let mut region = Region::new("host data").unwrap();
//! region.enter(|cage| {
//!     cage.set(0x1000, LEN, 7);
//!     assert_eq!(cage.get(0x1000, LEN), 7);
//!     assert_eq!(cage.load::<u32>(u32::MAX), 0); // any offset is inside
//! });
//! ```

mod error;
mod field;
mod image;
mod memory;
#[cfg(not(target_os = "linux"))]
mod no_slot;
mod pool;
mod region;
mod wide;

pub use error::RegionError;
pub use field::Field;
pub use image::Image;
pub use region::{Borrowed, Cage, Entry, Full, Masked, Plain, Region, SLACK, Span, Window};
pub use wide::Wide;
