//! The prototype: what a compiler hands over and a binary chunk carries.
//!
//! Plain data without behaviour. Nothing here is checked; [`mod@crate::verify`]
//! makes the checked form, and only that form can be loaded.

use std::sync::Arc;

use crate::word::Word;

/// A byte string as Lua sees it: any bytes, no encoding. Shared, because a chunk has the same names
/// in many places.
pub type Bytes = Arc<[u8]>;

/// `is_vararg` bit: the function declares the compatibility local `arg`.
pub const VARARG_HASARG: u8 = 1;
/// `is_vararg` bit: the function takes `...`.
pub const VARARG_ISVARARG: u8 = 2;
/// `is_vararg` bit: `arg` has to be filled with a table on entry.
pub const VARARG_NEEDSARG: u8 = 4;

/// A constant of a prototype.
#[derive(Debug, Clone, PartialEq)]
pub enum Const {
    /// `nil`
    Nil,
    /// `true` or `false`
    Bool(bool),
    /// A number; a NaN is canonical when the chunk reader made it.
    Number(f64),
    /// A string, without the terminating NUL of the chunk format.
    Str(Bytes),
}

/// Debug record of one local variable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalVar {
    /// Name as written, or a parenthesised name such as `(for index)`.
    pub name: Bytes,
    /// First pc (0-based) where the variable is active.
    pub start: u32,
    /// First pc where it is dead.
    pub end: u32,
}

/// One function of Lua 5.1 bytecode with its constants, inner functions and debug data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Proto {
    /// Chunk name (`@file`, `=name` or the source text); `None` means the parent's, or stripped.
    pub source: Option<Bytes>,
    /// Line of the `function` keyword, 0 for a main chunk.
    pub line_defined: u32,
    /// Line of the closing `end`, 0 for a main chunk.
    pub last_line_defined: u32,
    /// Number of upvalues.
    pub upvalue_count: u8,
    /// Number of fixed parameters.
    pub param_count: u8,
    /// `VARARG_*` bits.
    pub vararg: u8,
    /// Registers needed, at least 2 from our compiler.
    pub max_stack: u8,
    /// Instruction words.
    pub code: Vec<Word>,
    /// Constants.
    pub consts: Vec<Const>,
    /// Inner functions.
    pub protos: Vec<Proto>,
    /// Line of each word; empty when stripped.
    pub lines: Vec<u32>,
    /// Local variables in order of their start; empty when stripped.
    pub locals: Vec<LocalVar>,
    /// Names of the upvalues; empty when stripped.
    pub upvalue_names: Vec<Bytes>,
}
