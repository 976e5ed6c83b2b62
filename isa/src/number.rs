//! Numbers as Lua 5.1 spells them: `%.14g` out, `strtod` in.
//!
//! Only text and `f64` live here; arithmetic belongs to the machine, and how digits come about to `decimal`.

use crate::decimal::{Backwards, leading, power};
use lexical_parse_float::FromLexical;

/// Most significant digits that `%.14g` shows.
const DIGITS: usize = 14;
/// Below this every integer has at most [`DIGITS`] digits and prints exactly.
const EXACT_INTEGERS: f64 = 1e14;
/// Longest text: sign, digits and point, exponent of three digits.
const LONGEST: usize = 24;

/// The text of a number, without an allocation.
///
/// ```
/// assert_eq!(bvm_isa::NumberText::of(-12.5).as_bytes(), b"-12.5");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct NumberText {
    /// Written from the end to the front.
    text: Backwards<LONGEST>,
}

impl NumberText {
    /// What C's `printf("%.14g")` writes on Linux.
    #[inline]
    pub fn of(n: f64) -> NumberText {
        let whole = n as i64;
        if whole as f64 == n && n.abs() < EXACT_INTEGERS && (whole != 0 || n.is_sign_positive()) {
            let mut text = Backwards::new();
            text.digits(whole.unsigned_abs());
            if whole < 0 {
                text.byte(b'-');
            }
            return NumberText { text };
        }
        NumberText::of_fraction(n)
    }

    fn of_fraction(n: f64) -> NumberText {
        let mut text = Backwards::new();
        if !n.is_finite() {
            text.bytes(if n.is_nan() { b"nan" } else { b"inf" });
        } else if n == 0.0 {
            text.byte(b'0');
        } else {
            match leading(n.abs(), DIGITS as u32) {
                Some((digits, first @ -4..=13)) => fixed(&mut text, digits, first),
                _ => scientific(&mut text, n.abs()),
            }
        }
        if n.is_sign_negative() {
            text.byte(b'-');
        }
        NumberText { text }
    }

    /// The text.
    #[inline]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.written()
    }
}

impl std::fmt::Display for NumberText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(std::str::from_utf8(self.as_bytes()).unwrap_or_default())
    }
}

/// [`NumberText`] as a string.
///
/// ```
/// assert_eq!(bvm_isa::format_number(0.1), "0.1");
/// assert_eq!(bvm_isa::format_number(1e15), "1e+15");
/// assert_eq!(bvm_isa::format_number(-f64::NAN), "-nan");
/// ```
pub fn format_number(n: f64) -> String {
    NumberText::of(n).to_string()
}

/// Writes [`DIGITS`] digits, the first of which counts the power `first` of ten, with a point and no zeros
/// behind it.
fn fixed(text: &mut Backwards<LONGEST>, digits: u64, first: i32) {
    let mut places = (DIGITS as i32 - 1 - first).unsigned_abs();
    let one = power(places);
    let (whole, mut fraction) = (digits / one, digits % one);
    if fraction != 0 {
        for zeros in [8, 4, 2, 1] {
            if fraction.is_multiple_of(power(zeros)) {
                fraction /= power(zeros);
                places -= zeros;
            }
        }
        text.padded(fraction, places);
        text.byte(b'.');
    }
    text.digits(whole);
}

/// Writes a number whose power of ten is outside of -4 to 13, or becomes so when it is rounded.
#[cold]
fn scientific(text: &mut Backwards<LONGEST>, n: f64) {
    let shown = format!("{n:.precision$e}", precision = DIGITS - 1);
    let (mantissa, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    text.padded(
        u64::from(exponent.unsigned_abs()),
        2.max(exponent.unsigned_abs().max(1).ilog10() + 1),
    );
    text.byte(if exponent < 0 { b'-' } else { b'+' });
    text.byte(b'e');
    text.bytes(
        mantissa
            .trim_end_matches('0')
            .trim_end_matches('.')
            .as_bytes(),
    );
}

/// The number that `tonumber(s)` and string coercion read, `None` where Lua 5.1 says nil.
///
/// What glibc's `strtod` accepts is accepted: decimals, `0x10`, `0x1.8p3`, `inf`, `infinity`,
/// `nan`, `nan(...)`, with white space on both sides. Lua 5.1 hands `strtod` a C string, so
/// everything from the first NUL on is invisible here too: `"12\0x"` reads as 12.
///
/// ```
/// assert_eq!(bvm_isa::parse_number(b" 0x10 "), Some(16.0));
/// assert_eq!(bvm_isa::parse_number(b"1e"), None);
/// ```
pub fn parse_number(s: &[u8]) -> Option<f64> {
    if let Some(n) = parse_whole(s) {
        return Some(n);
    }
    let s = trim(s.get(..run(s, |byte| byte != 0)).unwrap_or_default());
    let (negative, body) = match s.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, s),
    };
    let magnitude = match body {
        [b'0', b'x' | b'X', digits @ ..] => parse_hex(digits)?,
        [b'0'..=b'9' | b'.', ..] => parse_decimal(body)?,
        _ => parse_word(body)?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// The usual case: nothing but digits, and no more of them than a double holds exactly.
#[inline]
fn parse_whole(s: &[u8]) -> Option<f64> {
    if s.is_empty() || s.len() > 15 {
        return None;
    }
    let mut n = 0;
    for byte in s {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n * 10 + i64::from(digit);
    }
    Some(n as f64)
}

/// C's `isspace` in the C locale.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

fn trim(s: &[u8]) -> &[u8] {
    let s = s.get(run(s, is_space)..).unwrap_or_default();
    s.get(..s.len() - run_back(s, is_space)).unwrap_or_default()
}

/// Bytes that are looked at together: a long text takes a small part of the time that way.
const WIDE: usize = 16;

fn all(bytes: &[u8; WIDE], is: impl Fn(u8) -> bool) -> bool {
    bytes.iter().fold(true, |all, &byte| all & is(byte))
}

/// Length of the run of bytes of a kind that starts `s`.
#[inline]
fn run(s: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let wide = s.as_chunks().0.iter().take_while(|bytes| all(bytes, &is));
    let wide = wide.count() * WIDE;
    let rest = s.get(wide..).unwrap_or_default();
    wide + rest.iter().take_while(|&&byte| is(byte)).count()
}

/// Length of the run that ends `s`.
#[inline]
fn run_back(s: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let wide = s.as_rchunks().1.iter().rev();
    let wide = wide.take_while(|bytes| all(bytes, &is)).count() * WIDE;
    let rest = s.get(..s.len() - wide).unwrap_or_default();
    wide + rest.iter().rev().take_while(|&&byte| is(byte)).count()
}

/// Length of the run of decimal digits that starts `s`.
fn digit_run(s: &[u8]) -> usize {
    run(s, |byte| byte.is_ascii_digit())
}

/// Unsigned decimal numeral that fills `s`. The form is checked here, because Rust's own parser
/// knows words that C does not; the value is [`value_of`]'s.
fn parse_decimal(s: &[u8]) -> Option<f64> {
    let whole = digit_run(s);
    let mut rest = s.get(whole..)?;
    let mut fraction = 0;
    if let [b'.', after @ ..] = rest {
        fraction = digit_run(after);
        rest = after.get(fraction..)?;
    }
    if whole + fraction == 0 || !(rest.is_empty() || is_exponent(rest, b'e')) {
        return None;
    }
    value_of(s)
}

/// The double next to a decimal numeral of digits, a point and an exponent. Rust's own way takes up to a hundred times
/// as long for numerals of more than 19 digits that are close to halfway between two doubles.
pub(crate) fn value_of(numeral: &[u8]) -> Option<f64> {
    f64::from_lexical(numeral).ok()
}

/// Whether `s` is exactly the letter, an optional sign and digits.
fn is_exponent(s: &[u8], letter: u8) -> bool {
    let digits = match s {
        [first, b'+' | b'-', rest @ ..] if first.eq_ignore_ascii_case(&letter) => rest,
        [first, rest @ ..] if first.eq_ignore_ascii_case(&letter) => rest,
        _ => return false,
    };
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// The words `strtod` knows, in any case.
pub(crate) fn parse_word(s: &[u8]) -> Option<f64> {
    if s.eq_ignore_ascii_case(b"inf") || s.eq_ignore_ascii_case(b"infinity") {
        return Some(f64::INFINITY);
    }
    let (head, tail) = s.split_at_checked(3)?;
    if !head.eq_ignore_ascii_case(b"nan") {
        return None;
    }
    // The payload is accepted and dropped: all NaNs of this machine are one.
    let accepted = match tail {
        [] => true,
        [b'(', inner @ .., b')'] => inner
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        _ => false,
    };
    accepted.then_some(f64::NAN)
}

/// The digits after `0x`, with optional point and binary exponent.
fn parse_hex(s: &[u8]) -> Option<f64> {
    let mut mantissa = HexMantissa::default();
    let mut seen_point = false;
    let mut rest = s;
    while let [byte, after @ ..] = rest {
        match (*byte as char).to_digit(16) {
            Some(digit) => mantissa.push(digit, seen_point),
            None if *byte == b'.' && !seen_point => seen_point = true,
            None => break,
        }
        rest = after;
    }
    if !mantissa.any {
        return None;
    }
    let exponent = match rest {
        [] => 0,
        _ if is_exponent(rest, b'p') => read_exponent(rest.get(1..)?),
        _ => return None,
    };
    Some(mantissa.scaled(exponent))
}

/// The leading bits of a hexadecimal numeral, and whether anything nonzero was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HexMantissa {
    pub any: bool,
    pub bits: u64,
    pub sticky: bool,
    pub exponent: i64,
}

impl HexMantissa {
    pub(crate) fn push(&mut self, digit: u32, after_point: bool) {
        self.any = true;
        let room = self.bits >> 60 == 0;
        if room {
            self.bits = self.bits << 4 | u64::from(digit);
        } else {
            self.sticky |= digit != 0;
        }
        // A digit scales by 16 unless it is dropped, a digit after the point by 1/16.
        self.exponent += 4 * (i64::from(!room) - i64::from(after_point));
    }
}

impl HexMantissa {
    /// The number, with a binary exponent of its own.
    pub(crate) fn scaled(&self, exponent: i64) -> f64 {
        compose(
            self.bits,
            self.sticky,
            self.exponent.saturating_add(exponent),
        )
    }
}

/// Signed digits, saturating far outside the range of any `f64`.
fn read_exponent(s: &[u8]) -> i64 {
    let (negative, digits) = match s {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, s),
    };
    let magnitude = digits.iter().fold(0i64, |sum, byte| {
        sum.saturating_mul(10)
            .saturating_add(i64::from(byte.wrapping_sub(b'0')))
    });
    if negative { -magnitude } else { magnitude }
}

/// `bits * 2^exponent` rounded to nearest, ties to even; `sticky` stands for a nonzero tail.
fn compose(bits: u64, sticky: bool, exponent: i64) -> f64 {
    if bits == 0 {
        return 0.0;
    }
    let zeros = bits.leading_zeros();
    let normal = bits << zeros;
    // The value is normal / 2^63 * 2^scale, with the first factor in [1, 2).
    let scale = exponent.saturating_sub(i64::from(zeros)).saturating_add(63);
    if scale > 1023 {
        return f64::INFINITY;
    }
    let lost_to_subnormal = (-1022 - scale).max(0);
    let keep = 53 - lost_to_subnormal;
    if keep < 0 {
        return 0.0;
    }
    let shift = (64 - keep) as u32;
    let wide = u128::from(normal);
    let half = 1u128 << (shift - 1);
    let tail = wide & ((1u128 << shift) - 1);
    let mut kept = (wide >> shift) as u64;
    if tail > half || (tail == half && (sticky || kept & 1 == 1)) {
        kept += 1;
    }
    if lost_to_subnormal > 0 {
        return f64::from_bits(kept);
    }
    // A carry out of the mantissa rightly increments the exponent, up to infinity.
    let biased = (scale + 1023) as u64;
    f64::from_bits((biased << 52) + (kept - (1 << 52)))
}
