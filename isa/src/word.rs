//! One instruction word of Lua 5.1 and its bit fields: the only shifts of the format.
//!
//! ```text
//!  31       23 22       14 13      6 5    0
//! |  b : 9    |   c : 9   |  a : 8  | op:6 |   format ABC
//! |        bx : 18        |  a : 8  | op:6 |   format ABx;  AsBx: sbx = bx - 131071
//! ```

use crate::lua51::{Field, Op};

/// Largest `bx`.
pub const MAX_BX: u32 = (1 << 18) - 1;
/// What is subtracted from `bx` to get `sbx`.
pub const SBX_BIAS: i32 = 131_071;
/// Operand bit that makes an RK operand a constant.
pub const RK_CONST: u16 = 256;

/// An instruction word, not necessarily valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Hash)]
pub struct Word(pub u32);

impl Word {
    /// Encodes format ABC; `b` and `c` are cut to 9 bits.
    pub const fn abc(op: Op, a: u8, b: u16, c: u16) -> Word {
        Word(op as u32 | (a as u32) << 6 | (c as u32 & 511) << 14 | (b as u32 & 511) << 23)
    }

    /// Encodes format ABx; `bx` is cut to 18 bits.
    pub const fn abx(op: Op, a: u8, bx: u32) -> Word {
        Word(op as u32 | (a as u32) << 6 | (bx & MAX_BX) << 14)
    }

    /// Encodes format AsBx; `sbx` must lie in -131071..=131072 or it is cut.
    pub const fn asbx(op: Op, a: u8, sbx: i32) -> Word {
        Word::abx(op, a, (sbx + SBX_BIAS) as u32)
    }

    /// The opcode, or `None` for 38 and above.
    pub const fn op(self) -> Option<Op> {
        Op::from_number((self.0 & 63) as u8)
    }

    /// Field A.
    pub const fn a(self) -> u8 {
        (self.0 >> 6) as u8
    }

    /// Field B (9 bits).
    pub const fn b(self) -> u16 {
        (self.0 >> 23) as u16
    }

    /// Field C (9 bits).
    pub const fn c(self) -> u16 {
        (self.0 >> 14 & 511) as u16
    }

    /// Field Bx (18 bits).
    pub const fn bx(self) -> u32 {
        self.0 >> 14
    }

    /// Field sBx.
    pub const fn sbx(self) -> i32 {
        self.bx() as i32 - SBX_BIAS
    }

    /// Any field by its name.
    pub const fn field(self, field: Field) -> i32 {
        match field {
            Field::A => self.a() as i32,
            Field::B => self.b() as i32,
            Field::C => self.c() as i32,
            Field::Bx => self.bx() as i32,
            Field::Sbx => self.sbx(),
        }
    }

    /// The same word with another A.
    pub const fn with_a(self, a: u8) -> Word {
        Word(self.0 & !(255 << 6) | (a as u32) << 6)
    }

    /// The same word with another B.
    pub const fn with_b(self, b: u16) -> Word {
        Word(self.0 & !(511 << 23) | (b as u32 & 511) << 23)
    }

    /// The same word with another C.
    pub const fn with_c(self, c: u16) -> Word {
        Word(self.0 & !(511 << 14) | (c as u32 & 511) << 14)
    }

    /// The same word with another sBx.
    pub const fn with_sbx(self, sbx: i32) -> Word {
        Word(self.0 & 0x3fff | ((sbx + SBX_BIAS) as u32 & MAX_BX) << 14)
    }
}
