//! The straight way between Rust values and the machine's words, for types whose values are copies: no [`Value`] is
//! made for them, and no handle. What does not go straight takes the way of `from.rs` and `into.rs`, which knows all
//! errors, too. Must not run anything.
//!
//! [`Value`]: crate::Value

use super::{FromLua, IntoLua};
use crate::error::{Error, Result};
use crate::handle::Str;
use crate::value::Value;
use bvm_vm::data::string;
use bvm_vm::host::Mem;
use bvm_vm::{Cpu, Type};

/// A value in the machine.
pub type Word = bvm_vm::Value;

/// Most words that are pushed at once: a native's window has room for more.
pub const MOST: usize = 16;

/// The number of words of types that do not go straight.
pub const NOT_PLAIN: usize = 1 << 16;

/// Arguments or results that are taken out of the machine, from the front.
#[derive(Debug)]
pub struct Words<'w, 'c> {
    mem: &'w Mem<'c>,
    /// Where the next one is.
    at: u32,
    left: u32,
}

impl<'w, 'c> Words<'w, 'c> {
    /// The values that lie from `at` on.
    pub(crate) fn new(mem: &'w Mem<'c>, at: u32, count: u32) -> Words<'w, 'c> {
        let left = count;
        Words { mem, at, left }
    }

    /// The values of a native's window from slot `first` on.
    #[inline]
    pub(crate) fn window(cpu: &'w Cpu<'_, 'c>, first: u32) -> Words<'w, 'c> {
        let skipped = first.saturating_sub(1);
        let at = cpu.window_start().wrapping_add(skipped.wrapping_mul(8));
        Words::new(cpu.mem, at, cpu.count().saturating_sub(skipped))
    }

    /// The next one, or nothing, as a `T`; `None` when it does not go straight.
    #[inline]
    pub(crate) fn take<T: FromLua>(&mut self) -> Option<T> {
        let mut word = Word::NIL;
        if self.left > 0 {
            word = bvm_vm::Value(self.mem.load(self.at));
            self.left -= 1;
            self.at = self.at.wrapping_add(8);
        }
        T::from_word(self.mem, word)
    }
}

/// The bytes of a string.
#[inline]
pub(crate) fn bytes<'w>(mem: &'w Mem<'_>, word: Word) -> Option<&'w [u8]> {
    string::bytes_of(mem, word)
}

/// A new string.
#[inline]
pub(crate) fn string(cpu: &mut Cpu<'_, '_>, bytes: &[u8]) -> Result<Word> {
    cpu.new_str(bytes).map_err(|_| Error::OutOfMemory)
}

/// A value that is a copy.
pub(crate) fn copy(mem: &Mem<'_>, word: Word) -> Option<Value> {
    Some(match word.type_of() {
        Type::Nil => Value::Nil,
        Type::Boolean => Value::Bool(!word.is_falsy()),
        Type::Number => Value::Number(word.as_number()?),
        Type::String => Value::String(Str::from(bytes(mem, word)?)),
        _ => return None,
    })
}

/// Pushes a value.
#[inline]
pub(crate) fn push<T: IntoLua>(value: T, cpu: &mut Cpu<'_, '_>) -> Result<()> {
    let word = value.into_word(cpu)?;
    cpu.push(word);
    Ok(())
}
