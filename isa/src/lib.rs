//! Contracts that the rooms of bvm share: Lua 5.1's instructions, prototypes, binary chunks,
//! listings and the verifier. No machine, no memory, no I/O.
#![forbid(unsafe_code)]

pub mod asm;
pub mod chunk;
pub mod decimal;
pub mod dialect;
pub mod hypercall;
pub mod listing;
pub mod lua51;
pub mod number;
pub mod numeral;
pub mod pace;
pub mod proto;
pub mod source;
pub mod verify;
pub mod word;

pub use asm::{AsmError, assemble};
pub use chunk::{ChunkError, is_chunk, read_chunk, write_chunk};
pub use dialect::Dialect;
pub use listing::{PointerStyle, combine, list};
pub use lua51::Op;
pub use number::{NumberText, format_number, parse_number};
pub use numeral::Numeral;
pub use proto::{Bytes, Const, LocalVar, Proto};
pub use source::{SYNTAX_ID_SIZE, chunk_id, chunk_id_within};
pub use verify::{Facts, Verified, VerifyError, verify, verify_dumped};
pub use word::Word;
