//! The engine: hot handlers over the engine's code, cold paths with the whole meaning.

pub mod access;
pub(crate) mod build;
mod close;
pub mod code;
pub mod convert;
pub mod coroutine;
pub mod cpu;
pub mod depth;
pub(crate) mod ending;
pub mod finalize;
pub mod frame;
pub(crate) mod fuel;
pub(crate) mod grow;
pub mod hook;
pub(crate) mod hot;
mod join;
pub(crate) mod leaving;
mod memory;
pub mod meter;
pub mod operate;
mod overdrawn;
mod reset;
pub(crate) mod resume;
pub mod ring;
pub(crate) mod slow;
pub(crate) mod stand;
pub mod stops;
pub mod stubs;
pub(crate) mod unwind;

pub use access::{Got, Put};
pub use cpu::Cpu;
pub use operate::Outcome;

pub use hot::Handlers;
pub use hot::choose::Choice;
pub(crate) use hot::run;
