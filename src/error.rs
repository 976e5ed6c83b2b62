//! What goes wrong between a program and its guest. Must not run anything.

use crate::value::Value;
use bvm_isa::VerifyError;

/// Why the guest did not do what was asked.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The source is no Lua 5.1, in the words of `lua5.1`.
    #[error("{}", String::from_utf8_lossy(.message))]
    Syntax {
        /// The whole message, position included.
        message: Vec<u8>,
        /// The line that it names, from 1.
        line: u32,
        /// The bytes of the source that it is about.
        span: std::ops::Range<usize>,
        /// With more text the source might be correct.
        incomplete: bool,
    },
    /// The bytes are no binary chunk of Lua 5.1.
    #[error("{}", String::from_utf8_lossy(.0))]
    Chunk(Vec<u8>),
    /// The code of a binary chunk breaks a rule of the verifier.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// A Lua error that nobody in the guest caught.
    #[error(transparent)]
    Lua(#[from] LuaError),
    /// The fuel was used up; the guest stands where it was.
    #[error("out of fuel")]
    OutOfFuel,
    /// The guest came to where it was to stop; it stands there.
    #[error("stopped at a breakpoint")]
    Breakpoint,
    /// The host answers a hypercall later; the guest waits.
    #[error("the guest waits for its host")]
    Waiting,
    /// The guest asked to end with this code.
    #[error("the guest ended with code {0}")]
    Ended(i64),
    /// A guest that is answered from a journal did not do what it did then.
    #[error(transparent)]
    Diverged(#[from] crate::journal::Divergence),
    /// The memory limit leaves no room for what was asked.
    #[error("not enough memory")]
    OutOfMemory,
    /// The system granted no address space for a guest, or the memory limit is below what an empty one takes.
    #[error("no room for a guest")]
    NoRoom,
    /// The bytes of a snapshot do not become a guest.
    #[error(transparent)]
    Snapshot(#[from] bvm_vm::SnapshotError),
    /// A handle of another guest.
    #[error("this value belongs to another guest")]
    Foreign,
    /// A value of another type was wanted.
    #[error("{expected} expected, got {got}")]
    Type {
        /// What was wanted.
        expected: &'static str,
        /// Lua's name of what there is.
        got: &'static str,
    },
}

/// The value of a Lua error, with its text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", String::from_utf8_lossy(.message))]
pub struct LuaError {
    /// What was thrown.
    pub value: Value,
    /// Its text, as `tostring` shows it without metamethods.
    pub message: Vec<u8>,
}
