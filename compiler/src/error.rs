//! Errors in the words of `lua5.1`. Finding out what is wrong is not done here.

use std::fmt;
use std::ops::Range;

/// A source that is no Lua 5.1, or too much for one function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompileError {
    /// The whole message, position included, byte for byte that of `lua5.1`.
    pub message: Vec<u8>,
    /// The line that the message names, from 1.
    pub line: u32,
    /// Bytes of the token that the message is about.
    pub span: Range<usize>,
    /// The source ended too early: with more text it might be correct.
    pub incomplete: bool,
    /// Lua 5.1 raises it where the compiler runs, so that the message handler in force sees it.
    pub is_raised: bool,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(&self.message))
    }
}

impl std::error::Error for CompileError {}
