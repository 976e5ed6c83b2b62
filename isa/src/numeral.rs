//! Numbers in texts of any length, read byte by byte so that the reader can pause: what [`parse_number`](crate::parse_number)
//! reads, and what `strtoul` does. Must not be used for short texts, for which those are quicker.

mod saved;

use crate::number::{HexMantissa, is_space, parse_word, value_of};

/// Significant decimal digits that are kept. Of more only matters whether they are all zeros: no double is as close to a
/// number of so many digits that they tell on which side of it a text is.
const DIGITS: usize = 800;

/// Longest word that `strtod` knows, but for what stands in `nan(…)`.
const WORD: usize = 8;

/// Exponents beyond that are as good as this one, whatever the digits.
const FAR: i64 = 1 << 40;

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Only space so far.
    Start,
    /// Behind the sign.
    Signed,
    /// Behind a zero that may begin `0x`.
    Zero,
    /// In the digits, before the point if there is one.
    Whole,
    /// Behind a point without digits before it.
    Point,
    Fraction,
    /// Behind `e`, or `p` of a hexadecimal numeral.
    Letter,
    ExponentSign,
    Exponent,
    Word,
    /// In what stands in `nan(…)`.
    Payload,
    /// In the space at the end.
    End,
    /// Behind a zero byte, which ends the text for C.
    Over,
    /// It is no number.
    Wrong,
}

/// A number that is being read.
///
/// ```
/// let mut numeral = bvm_isa::Numeral::new();
/// numeral.read(b" 12");
/// numeral.read(b"5.5e-1 ");
/// assert_eq!(numeral.value(), Some(12.55));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numeral {
    state: State,
    /// The base of the digits; 16 after `0x`.
    base: u32,
    /// It is `strtoul`'s: no point, no exponent, no words.
    is_whole: bool,
    is_negative: bool,
    /// There is a digit.
    is_some: bool,
    /// Significant decimal digits, or a word.
    text: Vec<u8>,
    /// A digit that is not kept is no zero.
    is_more: bool,
    /// What the digits kept are to be multiplied with, as a power of ten.
    scale: i64,
    hex: HexMantissa,
    /// `strtoul`'s value; `None` when it is too large.
    whole: Option<u64>,
    exponent: i64,
    is_small: bool,
}

impl Default for Numeral {
    fn default() -> Numeral {
        Numeral::new()
    }
}

impl Numeral {
    /// Of what `tonumber` reads without a base.
    pub fn new() -> Numeral {
        Numeral {
            state: State::Start,
            base: 10,
            is_whole: false,
            is_negative: false,
            is_some: false,
            text: Vec::new(),
            is_more: false,
            scale: 0,
            hex: HexMantissa::default(),
            whole: Some(0),
            exponent: 0,
            is_small: false,
        }
    }

    /// Of C's `strtoul` in a base from 2 to 36.
    pub fn in_base(base: u32) -> Numeral {
        Numeral {
            base: base.clamp(2, 36),
            is_whole: true,
            ..Numeral::new()
        }
    }

    /// Reads on.
    pub fn read(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            if matches!(self.state, State::Over | State::Wrong) {
                return;
            }
            self.state = self.next(byte);
        }
    }

    /// The number, when all has been read; `None` when it is none.
    pub fn value(&self) -> Option<f64> {
        let is_complete = match self.state {
            State::Zero | State::Whole | State::Fraction => self.is_some,
            State::Exponent | State::Word | State::End | State::Over => true,
            _ => false,
        };
        let magnitude = match is_complete {
            false => return None,
            true if self.is_whole => return self.strtoul(),
            true if !self.is_some => parse_word(&self.text)?,
            true if self.base == 16 => self.hex.scaled(self.signed_exponent()),
            true => self.decimal()?,
        };
        Some(if self.is_negative {
            -magnitude
        } else {
            magnitude
        })
    }

    fn next(&mut self, byte: u8) -> State {
        if byte == 0 {
            return match self.value() {
                Some(_) => State::Over,
                None => State::Wrong,
            };
        }
        match self.state {
            State::Start if is_space(byte) => State::Start,
            State::Start if matches!(byte, b'+' | b'-') => {
                self.is_negative = byte == b'-';
                State::Signed
            }
            State::Start | State::Signed => self.first(byte),
            State::Zero if matches!(byte, b'x' | b'X') && self.may_be_hex() => {
                (self.base, self.is_some) = (16, false);
                State::Whole
            }
            State::Zero | State::Whole => self.in_whole(byte),
            State::Point | State::Fraction => self.in_fraction(byte),
            State::Letter if matches!(byte, b'+' | b'-') => {
                self.is_small = byte == b'-';
                State::ExponentSign
            }
            State::Letter | State::ExponentSign | State::Exponent if byte.is_ascii_digit() => {
                let more = self.exponent * 10 + i64::from(byte - b'0');
                self.exponent = more.min(FAR);
                State::Exponent
            }
            State::Word => self.in_word(byte),
            State::Payload if byte == b')' => {
                self.text.push(byte);
                State::End
            }
            State::Payload if byte.is_ascii_alphanumeric() || byte == b'_' => State::Payload,
            State::Exponent | State::End if is_space(byte) => State::End,
            _ => State::Wrong,
        }
    }

    /// Whether `x` may follow a zero.
    fn may_be_hex(&self) -> bool {
        !self.is_whole || self.base == 16
    }

    /// The first byte that is neither space nor sign.
    fn first(&mut self, byte: u8) -> State {
        match byte {
            b'0' => {
                self.in_whole(byte);
                State::Zero
            }
            _ if char::from(byte).is_digit(self.base) => self.in_whole(byte),
            b'.' if !self.is_whole => State::Point,
            _ if byte.is_ascii_alphabetic() && !self.is_whole => self.in_word(byte),
            _ => State::Wrong,
        }
    }

    fn in_whole(&mut self, byte: u8) -> State {
        match char::from(byte).to_digit(self.base) {
            Some(digit) => {
                self.push(digit, false);
                State::Whole
            }
            None if byte == b'.' && !self.is_whole && self.is_some => State::Fraction,
            None if byte == b'.' && !self.is_whole => State::Point,
            None => self.behind_digits(byte),
        }
    }

    fn in_fraction(&mut self, byte: u8) -> State {
        match char::from(byte).to_digit(self.base) {
            Some(digit) => {
                self.push(digit, true);
                State::Fraction
            }
            None => self.behind_digits(byte),
        }
    }

    fn behind_digits(&self, byte: u8) -> State {
        let letter = if self.base == 16 { b'p' } else { b'e' };
        match byte {
            _ if !self.is_some => State::Wrong,
            _ if is_space(byte) => State::End,
            _ if byte.eq_ignore_ascii_case(&letter) && !self.is_whole => State::Letter,
            _ => State::Wrong,
        }
    }

    fn in_word(&mut self, byte: u8) -> State {
        if is_space(byte) {
            return State::End;
        }
        let is_nan = self.text.eq_ignore_ascii_case(b"nan") && byte == b'(';
        if self.text.len() >= WORD || !(is_nan || byte.is_ascii_alphabetic()) {
            return State::Wrong;
        }
        self.text.push(byte);
        if is_nan { State::Payload } else { State::Word }
    }

    fn push(&mut self, digit: u32, after_point: bool) {
        self.is_some = true;
        if self.is_whole {
            let scaled = self.whole.and_then(|n| n.checked_mul(u64::from(self.base)));
            self.whole = scaled.and_then(|n| n.checked_add(u64::from(digit)));
            return;
        }
        if self.base == 16 {
            self.hex.push(digit, after_point);
            return;
        }
        let is_kept = self.text.len() < DIGITS;
        if is_kept && (digit != 0 || !self.text.is_empty()) {
            self.text.push(b'0' + digit as u8);
        }
        self.is_more |= !is_kept && digit != 0;
        // A digit scales by ten unless it is kept, a digit behind the point by a tenth.
        self.scale += i64::from(!is_kept) - i64::from(after_point);
    }

    fn signed_exponent(&self) -> i64 {
        if self.is_small {
            -self.exponent
        } else {
            self.exponent
        }
    }

    fn decimal(&self) -> Option<f64> {
        let digits = std::str::from_utf8(&self.text).ok()?;
        if digits.is_empty() {
            return Some(0.0);
        }
        let scale = self.scale + self.signed_exponent();
        let (more, scale) = match self.is_more {
            true => ("1", scale - 1),
            false => ("", scale),
        };
        // Digits and a scale of that size are zero or infinite in any case.
        let scale = scale.clamp(-100_000, 100_000);
        value_of(format!("{digits}{more}e{scale}").as_bytes())
    }

    /// What does not fit becomes the largest number, whatever its sign.
    fn strtoul(&self) -> Option<f64> {
        Some(match self.whole {
            Some(n) if self.is_negative => n.wrapping_neg() as f64,
            Some(n) => n as f64,
            None => u64::MAX as f64,
        })
    }
}
