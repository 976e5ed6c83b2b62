//! Floating numbers as C's `printf` writes them, exact at every precision.
//! Only `%e`, `%f` and `%g`; directives and integers are in `format`.

use std::fmt::Write as _;

use crate::exact::Exact;
use crate::format::{Conversion, Flags, MAX_ITEM, Spec, pad};
use bvm_isa::decimal::{Backwards, leading, power, scaled};

/// Longest text of the quick way: digits before and after the point, and an exponent.
const QUICK: usize = 48;
/// Most digits that `%g` shows by the quick way; with four zeros behind the point they are a power of ten.
const QUICK_DIGITS: usize = 15;

/// A number's text before padding. Never too small: 309 digits, a point and 99 more.
struct Text {
    bytes: [u8; MAX_ITEM],
    len: usize,
}

impl std::fmt::Write for Text {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let room = self.bytes.get_mut(self.len..self.len + text.len());
        room.ok_or(std::fmt::Error)?
            .copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Text {
    fn new() -> Text {
        Text {
            bytes: [0; MAX_ITEM],
            len: 0,
        }
    }

    fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    /// Writes digits, the first `point` of which come before the point; not more than zero are zeros behind it.
    fn placed(&mut self, digits: &[u8], point: i32) {
        let before = usize::try_from(point).unwrap_or(0).min(digits.len());
        let (before, behind) = digits.split_at(before);
        if before.is_empty() {
            self.push(b'0');
        }
        self.digits(before);
        if !behind.is_empty() {
            self.push(b'.');
        }
        for _ in point..0 {
            self.push(b'0');
        }
        self.digits(behind);
    }

    fn digits(&mut self, digits: &[u8]) {
        for digit in digits {
            self.push(b'0' + digit);
        }
    }

    /// Writes an exponent: a sign and at least two digits.
    fn exponent(&mut self, exponent: i32, upper: bool) {
        self.push(if upper { b'E' } else { b'e' });
        self.push(if exponent < 0 { b'-' } else { b'+' });
        let _ = write!(self, "{:02}", exponent.unsigned_abs());
    }

    /// Writes the decimal point if it is wanted but no digit follows it.
    fn point(&mut self, spec: &Spec, precision: usize) {
        if precision == 0 && spec.flags.has(b'#') {
            self.push(b'.');
        }
    }

    /// Drops zeros at the end of a fraction, and the point if nothing is left after it.
    fn trim(&mut self) {
        let text = self.as_bytes();
        if !text.contains(&b'.') {
            return;
        }
        let zeros = text.iter().rev().take_while(|&&byte| byte == b'0').count();
        self.len -= zeros;
        if self.as_bytes().last() == Some(&b'.') {
            self.len -= 1;
        }
    }
}

/// The sign that a number shows.
pub(crate) fn sign(flags: Flags, negative: bool) -> &'static [u8] {
    if negative {
        b"-"
    } else if flags.has(b'+') {
        b"+"
    } else if flags.has(b' ') {
        b" "
    } else {
        b""
    }
}

/// Appends a number by `%e`, `%f` or `%g`.
pub(crate) fn float(spec: &Spec, value: f64, out: &mut Vec<u8>) {
    let sign = sign(spec.flags, value.is_sign_negative());
    let size = value.abs();
    let upper = matches!(
        spec.conversion,
        Conversion::Exponent(true) | Conversion::General(true)
    );
    if !size.is_finite() {
        let name: &[u8] = match (size.is_nan(), upper) {
            (true, false) => b"nan",
            (true, true) => b"NAN",
            (false, false) => b"inf",
            (false, true) => b"INF",
        };
        pad(spec, sign, 0, name, false, out);
        return;
    }
    let precision = usize::from(spec.precision.unwrap_or(6));
    match quick(spec, size, precision, upper) {
        Some(text) => pad(spec, sign, 0, text.written(), true, out),
        None => pad(
            spec,
            sign,
            0,
            slow(spec, size, precision, upper).as_bytes(),
            true,
            out,
        ),
    }
}

/// Digits that take no exact arithmetic to speak of.
const EASY_DIGITS: u64 = 16;

/// Units that writing a number by a directive takes beyond the usual: many digits of a large or small number come about by
/// arithmetic in numbers that are as long.
pub fn price_of_digits(spec: &Spec, value: f64) -> u64 {
    let is_float = matches!(
        spec.conversion,
        Conversion::Exponent(_) | Conversion::Fixed | Conversion::General(_)
    );
    if !is_float || value == 0.0 || !value.is_finite() {
        return 0;
    }
    let exponent = (value.to_bits() >> 52 & 0x7ff).abs_diff(0x3ff);
    // Those before the point, or as many zeros behind it as are passed.
    let passed = match spec.conversion {
        Conversion::Fixed if value.abs() < 1.0 => 0,
        _ => exponent * 3 / 10,
    };
    let digits = u64::from(spec.precision.unwrap_or(6)) + passed;
    let hard = digits.saturating_sub(EASY_DIGITS);
    hard / 4 + hard * exponent / 2048
}

/// The text of any number.
#[cold]
fn slow(spec: &Spec, size: f64, precision: usize, upper: bool) -> Text {
    let mut text = Text::new();
    match spec.conversion {
        Conversion::Exponent(_) => {
            let exact = Exact::leading(size, precision + 1);
            text.placed(exact.digits(), 1);
            text.point(spec, precision);
            text.exponent(exact.point() - 1, upper);
        }
        Conversion::General(_) => general(&mut text, spec, size, precision.max(1), upper),
        _ => {
            let exact = Exact::fixed(size, precision);
            text.placed(exact.digits(), exact.point());
            text.point(spec, precision);
        }
    }
    text
}

/// The text of a number whose digits come by exact arithmetic in few bits, as those of most numbers do.
fn quick(spec: &Spec, size: f64, precision: usize, upper: bool) -> Option<Backwards<QUICK>> {
    let mut text = Backwards::new();
    let point = spec.flags.has(b'#');
    match spec.conversion {
        Conversion::Exponent(_) => {
            let (digits, exponent) = leading(size, precision as u32 + 1)?;
            power_of_ten(&mut text, exponent, upper);
            with_point(&mut text, digits, precision as u32, point);
        }
        Conversion::General(_) => {
            let count = precision.clamp(1, QUICK_DIGITS + 1);
            if count > QUICK_DIGITS {
                return None;
            }
            let (mut digits, exponent) = leading(size, count as u32)?;
            let mut places = count as u32 - 1;
            if (-4..count as i32).contains(&exponent) {
                places = places.saturating_add_signed(-exponent);
            } else {
                power_of_ten(&mut text, exponent, upper);
            }
            while !point && places > 0 && digits.is_multiple_of(10) {
                digits /= 10;
                places -= 1;
            }
            with_point(&mut text, digits, places, point);
        }
        _ => with_point(
            &mut text,
            scaled(size, precision as u32)?,
            precision as u32,
            point,
        ),
    }
    Some(text)
}

/// Writes digits with the last `places` of them behind the point, which is shown alone if `point` says so.
fn with_point(text: &mut Backwards<QUICK>, digits: u64, places: u32, point: bool) {
    let one = power(places);
    if places > 0 {
        text.padded(digits % one, places);
    }
    if places > 0 || point {
        text.byte(b'.');
    }
    text.digits(digits / one);
}

/// Writes an exponent: a sign and at least two digits.
fn power_of_ten(text: &mut Backwards<QUICK>, exponent: i32, upper: bool) {
    // The quick way does not know exponents of three digits.
    text.padded(u64::from(exponent.unsigned_abs()), 2);
    text.byte(if exponent < 0 { b'-' } else { b'+' });
    text.byte(if upper { b'E' } else { b'e' });
}

/// `%g`: `digits` significant digits, in the shorter style for the number's size.
fn general(text: &mut Text, spec: &Spec, size: f64, digits: usize, upper: bool) {
    let exact = Exact::leading(size, digits);
    let exponent = exact.point() - 1;
    let fits = exponent >= -4 && i64::from(exponent) < digits as i64;
    let point = if fits { exact.point() } else { 1 };
    text.placed(exact.digits(), point);
    text.point(spec, digits.saturating_add_signed(-point as isize));
    if !spec.flags.has(b'#') {
        text.trim();
    }
    if !fits {
        text.exponent(exponent, upper);
    }
}

#[cfg(test)]
mod tests {
    use super::{quick, slow};
    use crate::format::scan;

    #[test]
    fn the_quick_way_gives_what_the_slow_one_gives() {
        let mut state = 1u64;
        let (mut quickly, mut all) = (0, 0);
        for i in 0..15_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            let size = match i % 3 {
                0 => f64::from_bits(state >> 1),
                1 => f64::from_bits((state & ((1 << 52) - 1)) | (1000 + (state >> 57)) << 52),
                _ => (state >> 52) as f64 / 8.0,
            };
            for format in [
                "%.0f", "%.2f", "%f", "%.17f", "%e", "%.0e", "%#g", "%g", "%.3G", "%.14g", "%.17g",
            ] {
                let spec = scan(format.as_bytes(), &mut 1).expect("a good directive");
                let precision = spec.precision.map_or(6, usize::from);
                if size.is_finite() {
                    all += 1;
                    let slow = slow(&spec, size, precision, false);
                    if let Some(text) = quick(&spec, size, precision, false) {
                        quickly += 1;
                        assert_eq!(text.written(), slow.as_bytes(), "{format} of {size:e}");
                    }
                }
            }
        }
        assert!(quickly > all / 3, "{quickly} of {all}");
    }
}
