//! From the bytes of a chunk to a verified prototype, as far as a guest has paid for it: compiling is recursive and cannot
//! be left in the middle, so it has a stack of its own, which waits where the guest's fuel has ended.
//!
//! ```text
//! Chunk ── Apart::begin ──► waits ── go_on(parts) ──► waits ── go_on(parts) ──► Outcome
//!              │                                                                  │
//!        a stack (`idle.rs`)                                  what it was made of: freed here, or
//!                                                             on a thread if that takes long (`free.rs`)
//! ```
//!
//! The stack belongs to the machine and is no part of the guest: whoever drops [`Apart`] ends the work. A guest may go from
//! thread to thread in the middle of it. Only the work of [`Chunk`] is done on such stacks: that is why they may be sent
//! to other threads (`stack.rs`). Must not know the guest, nor where the bytes come from.
//!
//! ```
//! use bvm_apart::{Apart, Chunk};
//! use bvm_isa::pace::WHOLE;
//!
//! let chunk = Chunk {
//!     bytes: b"return 1 + 2".into(),
//!     name: Some(b"=example".into()),
//!     mode: bvm_compiler::Mode::default(),
//!     is_trial: false,
//!     longest_name: 100,
//! };
//! let mut apart = Apart::begin(chunk).expect("address space");
//! apart.go_on(WHOLE / 4);
//! assert!(apart.done().is_none());
//! let outcome = apart.finish().expect("it does not panic");
//! assert_eq!(outcome.ok().flatten().expect("correct").proto().consts.len(), 1);
//! ```
#![deny(unsafe_code)]

mod chunk;
mod free;
mod idle;
mod stack;
mod under_way;

pub use chunk::{Chunk, Outcome, Refused};
pub use free::free;
pub use under_way::{Apart, MOST_COMPILING, compiling};
