//! The machine: Lua values in a cage, an engine that runs verified 5.1 code on fuel, and exits as values.
//!
//! Nothing a guest does recurses on the host's stack, and nothing of a guest lives outside its cage but
//! the table of natives.
#![forbid(unsafe_code)]

pub mod args;
pub mod callout;
pub mod data;
pub mod debug;
pub mod error;
pub mod exec;
pub mod exit;
pub mod grants;
mod handles;
pub mod heap;
pub mod host;
pub mod image;
pub mod load;
pub mod meta;
pub mod native;
pub mod objects;
mod outside;
pub mod ring;
pub mod snapshot;
pub mod value;
pub mod vm;

pub use callout::{Callout, Trace, Verdict};
pub use error::Raise;
pub use exec::Cpu;
pub use exit::{Exit, HostError, Reply, Request, Word};
pub use grants::Grants;
pub use handles::{Handles, MOST as MOST_HANDLES};
pub use heap::limit::LENT_BYTES as MEMORY_LENT;
pub use image::Image;
pub use native::{Answer, Native, NativeFn, Next};
pub use outside::Work;
pub use ring::{Ring, Rings};
pub use snapshot::SnapshotError;
pub use value::{Type, Value};
pub use vm::Vm;
