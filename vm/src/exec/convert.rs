//! Conversions between strings and numbers, and between values and text.

use super::cpu::Cpu;
use crate::data::string;
use crate::error::Raise;
use crate::host::Mem;
use crate::objects::Str;
use crate::value::{TAG_STRING, Type, Value};
use bvm_isa::{NumberText, parse_number};

/// Most bytes of a text that is taken for a number without being asked to: it is read in one piece. `tonumber` reads any.
pub const MOST_NUMERAL: u32 = 1 << 14;

/// The number that a value is or that its text denotes. A text of more than [`MOST_NUMERAL`] bytes denotes none.
pub fn to_number(mem: &Mem<'_>, v: Value) -> Option<f64> {
    if let Some(n) = v.as_number() {
        return Some(n);
    }
    let text = string::bytes_of(mem, v)?;
    match text.len() > MOST_NUMERAL as usize {
        true => None,
        false => parse_number(text),
    }
}

/// What looking for a number in a text costs.
pub(crate) fn price_of_numeral(mem: &Mem<'_>, s: Str) -> u64 {
    u64::from(string::len(mem, s).min(MOST_NUMERAL)) / 8
}

impl Cpu<'_, '_> {
    /// [`to_number`] for an operand of an instruction, which pays for the length of a text.
    #[inline]
    pub(super) fn operand_number(&mut self, v: Value) -> Option<f64> {
        if let Some(s) = Str::of(v) {
            self.take_fuel(price_of_numeral(self.mem, s));
        }
        to_number(self.mem, v)
    }

    /// The string that a string or number is, `None` for other types.
    ///
    /// # Errors
    /// No memory.
    pub fn to_str(&mut self, v: Value) -> Result<Option<Str>, Raise> {
        if v.tag() == TAG_STRING {
            return Ok(Str::of(v));
        }
        match v.as_number() {
            Some(n) => {
                let text = NumberText::of(n);
                Ok(Some(string::intern(self.mem, text.as_bytes())?))
            }
            None => Ok(None),
        }
    }

    /// The text of any value as `tostring` shows it without metamethods. An object shows its offset,
    /// which is the same in every run.
    pub fn display(&self, v: Value) -> Vec<u8> {
        match v.type_of() {
            Type::Nil => b"nil".to_vec(),
            Type::Boolean => {
                if v.is_falsy() {
                    b"false".to_vec()
                } else {
                    b"true".to_vec()
                }
            }
            Type::Number => NumberText::of(v.as_number().unwrap_or(0.0))
                .as_bytes()
                .to_vec(),
            Type::String => string::bytes_of(self.mem, v).unwrap_or_default().to_vec(),
            other => format!("{}: 0x{:08x}", other.name(), v.payload()).into_bytes(),
        }
    }

    /// Makes a string value.
    ///
    /// # Errors
    /// No memory.
    pub fn new_str(&mut self, bytes: &[u8]) -> Result<Value, Raise> {
        Ok(string::intern(self.mem, bytes)?.into())
    }
}
