//! Contracts that the rooms of bvm share: Lua 5.1's instructions, prototypes, binary chunks,
//! listings and the verifier. No machine, no memory, no I/O.
#![forbid(unsafe_code)]

pub mod lua51;
pub mod proto;
pub mod word;

pub use lua51::Op;
pub use proto::{Bytes, Const, LocalVar, Proto};
pub use word::Word;
