//! Which bytes of a subject pass a test. Must not know what follows from that.

use super::{Program, Test};
use crate::classes::CLASSES;

impl Program {
    /// Says whether one byte passes a test.
    #[inline(always)]
    pub(crate) fn passes(&self, test: Test, byte: u8) -> bool {
        match test {
            Test::Any => true,
            Test::Byte(wanted) => byte == wanted,
            Test::Except(other) => byte != other,
            Test::Class(mask) => CLASSES[usize::from(byte)] & mask != 0,
            Test::Set(index) => self.set(index).has(byte),
        }
    }

    /// How many bytes at the start of `text` pass a test.
    #[inline]
    pub(crate) fn run_length(&self, test: Test, text: &[u8]) -> usize {
        match test {
            Test::Any => text.len(),
            Test::Byte(wanted) => count_while(text, |byte| byte == wanted),
            Test::Except(other) => memchr::memchr(other, text).unwrap_or(text.len()),
            Test::Class(mask) => count_while(text, |byte| CLASSES[usize::from(byte)] & mask != 0),
            Test::Set(index) => {
                let set = self.set(index);
                count_while(text, |byte| set.has(byte))
            }
        }
    }

    /// How many bytes at the start of `text` fail a test.
    #[inline]
    pub(crate) fn gap_length(&self, test: Test, text: &[u8]) -> usize {
        match test {
            Test::Any => 0,
            Test::Byte(wanted) => byte_gap(wanted, text),
            Test::Except(other) => count_while(text, |byte| byte == other),
            Test::Class(mask) => count_while(text, |byte| CLASSES[usize::from(byte)] & mask == 0),
            Test::Set(index) => {
                let set = self.set(index);
                count_while(text, |byte| !set.has(byte))
            }
        }
    }
}

/// How many bytes come before the first of a value. Often it is near, and a search by wide steps takes longer
/// to set up than these comparisons.
#[inline(always)]
fn byte_gap(wanted: u8, text: &[u8]) -> usize {
    const NEAR: usize = 3;
    let near = text.get(..NEAR).unwrap_or(text);
    match near.iter().position(|&byte| byte == wanted) {
        Some(at) => at,
        None => match text.get(NEAR..) {
            Some(far) => NEAR + memchr::memchr(wanted, far).unwrap_or(far.len()),
            None => text.len(),
        },
    }
}

/// How many bytes at the start of `text` satisfy a condition.
#[inline(always)]
fn count_while(text: &[u8], condition: impl Fn(u8) -> bool) -> usize {
    text.iter()
        .position(|&byte| !condition(byte))
        .unwrap_or(text.len())
}
