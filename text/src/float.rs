//! Floating numbers as C's `printf` writes them, exact at every precision.
//! Only `%e`, `%f` and `%g`; directives and integers are in `format`.

use std::fmt::Write as _;

use crate::format::{Conversion, Flags, MAX_ITEM, Spec, pad};

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

    /// Writes `value`, which is not negative, with `precision` digits after the point.
    fn fixed(&mut self, value: f64, precision: usize) {
        // Cannot fail: the text fits, and numbers have no errors of their own.
        let _ = write!(self, "{value:.precision$}");
    }

    /// Writes the mantissa of `value`, and gives its decimal exponent.
    fn mantissa(&mut self, value: f64, precision: usize) -> i32 {
        let _ = write!(self, "{value:.precision$e}");
        let text = self.as_bytes();
        let Some(mark) = text.iter().rposition(|&byte| byte == b'e') else {
            return 0;
        };
        let digits = text
            .get(mark + 1..)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let exponent = digits.and_then(|digits| digits.parse().ok()).unwrap_or(0);
        self.len = mark;
        exponent
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
    let mut text = Text::new();
    match spec.conversion {
        Conversion::Exponent(_) => {
            let exponent = text.mantissa(size, precision);
            text.point(spec, precision);
            text.exponent(exponent, upper);
        }
        Conversion::General(_) => general(&mut text, spec, size, precision.max(1), upper),
        _ => {
            text.fixed(size, precision);
            text.point(spec, precision);
        }
    }
    pad(spec, sign, 0, text.as_bytes(), true, out);
}

/// `%g`: `digits` significant digits, in the shorter style for the number's size.
fn general(text: &mut Text, spec: &Spec, size: f64, digits: usize, upper: bool) {
    let keep = spec.flags.has(b'#');
    let exponent = text.mantissa(size, digits - 1);
    let fits = exponent >= -4 && i64::from(exponent) < digits as i64;
    let mut after = digits - 1;
    if fits {
        text.len = 0;
        // Cannot go below zero: the exponent is less than `digits`.
        after = usize::try_from(digits as i64 - 1 - i64::from(exponent)).unwrap_or(0);
        text.fixed(size, after);
    }
    text.point(spec, after);
    if !keep {
        text.trim();
    }
    if !fits {
        text.exponent(exponent, upper);
    }
}
