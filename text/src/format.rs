//! `string.format`: its directives, and the text each gives for a number or a string.
//! Digits of floating numbers are in `float`; arguments and their types are the caller's.

use crate::float;
use bvm_isa::decimal::Backwards;

/// Longest text a number, a character or a short string gives: the reason for the limits
/// on width and precision.
pub const MAX_ITEM: usize = 512;

/// Strings of this length are passed on untouched unless there is a precision.
const LONG_STRING: usize = 100;

/// Flags in the order of their bits in [`Flags`].
const FLAGS: &[u8; 5] = b"-+ #0";

/// What is wrong with a directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// More flags than there are.
    #[error("invalid format (repeated flags)")]
    RepeatedFlags,
    /// More than two digits.
    #[error("invalid format (width or precision too long)")]
    TooLong,
    /// An unknown conversion; a zero byte is shown as nothing. The byte may be outside of
    /// ASCII: [`FormatError::message`] shows it as it is.
    #[error("invalid option '%{}' to 'format'", char::from(*.0).to_string().replace('\0', ""))]
    InvalidOption(u8),
}

impl FormatError {
    /// The message in bytes.
    pub fn message(self) -> Vec<u8> {
        match self {
            FormatError::InvalidOption(byte) => {
                let shown: &[u8] = if byte == 0 { &[] } else { &[byte] };
                [b"invalid option '%", shown, b"' to 'format'"].concat()
            }
            other => other.to_string().into_bytes(),
        }
    }
}

/// A set of flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u8);

impl Flags {
    /// Says whether `flag`, one of `-+ #0`, is set.
    #[inline(always)]
    pub fn has(self, flag: u8) -> bool {
        let bit = FLAGS.iter().position(|&known| known == flag);
        bit.is_some_and(|bit| self.0 >> bit & 1 != 0)
    }
}

/// What a directive converts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conversion {
    /// `%c`
    Character,
    /// `%d`, `%i`
    Signed,
    /// `%u`
    Unsigned,
    /// `%o`
    Octal,
    /// `%x`
    LowerHex,
    /// `%X`
    UpperHex,
    /// `%e`, `%E`; upper case when true.
    Exponent(bool),
    /// `%f`
    Fixed,
    /// `%g`, `%G`; upper case when true.
    General(bool),
    /// `%q`
    Quoted,
    /// `%s`
    String,
}

/// A directive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spec {
    /// Its flags.
    pub flags: Flags,
    /// The least width, 0 to 99.
    pub width: u8,
    /// The precision, 0 to 99.
    pub precision: Option<u8>,
    /// What it converts.
    pub conversion: Conversion,
}

/// A part of a format string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chunk<'a> {
    /// Bytes that stand for themselves.
    Text(&'a [u8]),
    /// A directive comes next; [`scan`] reads it. Lua looks for its argument first.
    Directive,
}

/// The next part of `format` from byte `at` on, which moves past it (past `%` for a
/// directive).
pub fn chunks<'a>(format: &'a [u8], at: &mut usize) -> Option<Chunk<'a>> {
    let rest = format.get(*at..)?;
    let plain = memchr::memchr(b'%', rest).unwrap_or(rest.len());
    if plain > 0 {
        *at += plain;
        return rest.get(..plain).map(Chunk::Text);
    }
    match rest {
        [] => None,
        [b'%', b'%', ..] => {
            *at += 2;
            rest.get(..1).map(Chunk::Text)
        }
        _ => {
            *at += 1;
            Some(Chunk::Directive)
        }
    }
}

/// Reads the directive after a `%`; `at` moves past it.
pub fn scan(format: &[u8], at: &mut usize) -> Result<Spec, FormatError> {
    let mut rest = format.get(*at..).unwrap_or_default();
    let mut flags = Flags::default();
    let mut count = 0;
    while let Some((bit, tail)) = flag(rest) {
        flags.0 |= 1 << bit;
        count += 1;
        rest = tail;
        if count > FLAGS.len() {
            return Err(FormatError::RepeatedFlags);
        }
    }
    let width = two_digits(&mut rest);
    let mut precision = None;
    if let [b'.', tail @ ..] = rest {
        rest = tail;
        precision = Some(two_digits(&mut rest));
    }
    let letter = rest.first().copied().unwrap_or(0);
    if letter.is_ascii_digit() {
        return Err(FormatError::TooLong);
    }
    let conversion = conversion(letter).ok_or(FormatError::InvalidOption(letter))?;
    *at = format.len() - rest.len() + 1;
    Ok(Spec {
        flags,
        width,
        precision,
        conversion,
    })
}

/// The bit of the flag at the front and what follows it.
fn flag(rest: &[u8]) -> Option<(usize, &[u8])> {
    let (first, tail) = rest.split_first()?;
    let bit = FLAGS.iter().position(|known| known == first)?;
    Some((bit, tail))
}

/// Takes a number of at most two digits off the front.
fn two_digits(rest: &mut &[u8]) -> u8 {
    let mut value = 0;
    for _ in 0..2 {
        let [digit @ b'0'..=b'9', tail @ ..] = *rest else {
            break;
        };
        value = value * 10 + (digit - b'0');
        *rest = tail;
    }
    value
}

fn conversion(letter: u8) -> Option<Conversion> {
    Some(match letter {
        b'c' => Conversion::Character,
        b'd' | b'i' => Conversion::Signed,
        b'u' => Conversion::Unsigned,
        b'o' => Conversion::Octal,
        b'x' => Conversion::LowerHex,
        b'X' => Conversion::UpperHex,
        b'e' => Conversion::Exponent(false),
        b'E' => Conversion::Exponent(true),
        b'f' => Conversion::Fixed,
        b'g' => Conversion::General(false),
        b'G' => Conversion::General(true),
        b'q' => Conversion::Quoted,
        b's' => Conversion::String,
        _ => return None,
    })
}

/// Appends a number as a directive for numbers (or `%c`) shows it.
pub fn number(spec: &Spec, value: f64, out: &mut Vec<u8>) {
    match spec.conversion {
        Conversion::Character => character(spec, value, out),
        Conversion::Signed => {
            let integer = to_signed(value);
            let sign = float::sign(spec.flags, integer < 0);
            whole(spec, sign, integer.unsigned_abs(), 10, out);
        }
        Conversion::Unsigned => whole(spec, b"", to_unsigned(value), 10, out),
        Conversion::Octal => whole(spec, b"", to_unsigned(value), 8, out),
        Conversion::LowerHex | Conversion::UpperHex => {
            whole(spec, b"", to_unsigned(value), 16, out);
        }
        Conversion::Exponent(_) | Conversion::Fixed | Conversion::General(_) => {
            float::float(spec, value, out);
        }
        // Strings are not numbers; nothing to show.
        Conversion::Quoted | Conversion::String => {}
    }
}

/// C's conversion to `long` as x86-64 does it: what does not fit gives the least value.
fn to_signed(value: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// C's conversion to `unsigned long` on x86-64: negative numbers wrap around.
fn to_unsigned(value: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if value >= HALF {
        to_signed(value - HALF) as u64 ^ 1 << 63
    } else {
        to_signed(value) as u64
    }
}

/// Appends an integer in a base.
fn whole(spec: &Spec, sign: &[u8], value: u64, base: u64, out: &mut Vec<u8>) {
    let upper = spec.conversion == Conversion::UpperHex;
    let mut text = Backwards::<22>::new();
    match (value, base) {
        // The precision, which is 1 if none is given, makes a zero of it.
        (0, _) => {}
        (_, 10) => text.digits(value),
        _ => by_bits(&mut text, value, base.ilog2(), upper),
    }
    let digits = text.written();
    let alternative = spec.flags.has(b'#');
    let mut least = usize::from(spec.precision.unwrap_or(1));
    if alternative && base == 8 {
        least = least.max(digits.len() + 1);
    }
    let prefix: &[u8] = match (alternative && base == 16 && value != 0, upper) {
        (false, _) => sign,
        (true, false) => b"0x",
        (true, true) => b"0X",
    };
    let zeros = least.saturating_sub(digits.len());
    let zero_fill = spec.precision.is_none();
    pad(spec, prefix, zeros, digits, zero_fill, out);
}

/// Writes a number in a base that is a power of two.
fn by_bits(text: &mut Backwards<22>, mut value: u64, bits: u32, upper: bool) {
    let letters = if upper { b'A' } else { b'a' };
    while value != 0 {
        let digit = (value & ((1 << bits) - 1)) as u8;
        text.byte(match digit {
            0..=9 => b'0' + digit,
            _ => letters + digit - 10,
        });
        value >>= bits;
    }
}

/// Appends prefix, zeros and body, widened by spaces or, if `zero_fill` allows, zeros.
pub(crate) fn pad(
    spec: &Spec,
    prefix: &[u8],
    zeros: usize,
    body: &[u8],
    zero_fill: bool,
    out: &mut Vec<u8>,
) {
    let used = prefix.len() + zeros + body.len();
    let fill = usize::from(spec.width).saturating_sub(used);
    if fill == 0 && zeros == 0 {
        out.extend_from_slice(prefix);
        out.extend_from_slice(body);
        return;
    }
    let left = spec.flags.has(b'-');
    let zero = zero_fill && !left && spec.flags.has(b'0');
    let repeat = |byte, count: usize, out: &mut Vec<u8>| {
        out.extend(std::iter::repeat_n(byte, count));
    };
    if !left && !zero {
        repeat(b' ', fill, out);
    }
    out.extend_from_slice(prefix);
    repeat(b'0', zeros + if zero { fill } else { 0 }, out);
    out.extend_from_slice(body);
    if left {
        repeat(b' ', fill, out);
    }
}

/// Appends the byte that `%c` gives. A zero byte ends the text, as in C: with its padding
/// on the right nothing is left.
pub fn character(spec: &Spec, value: f64, out: &mut Vec<u8>) {
    // C's conversion to `int`: what does not fit gives a number whose low byte is zero.
    let fits = value > -2_147_483_649.0 && value < 2_147_483_648.0;
    let byte = if fits { value as i64 as u8 } else { 0 };
    if byte != 0 {
        pad(spec, b"", 0, &[byte], false, out);
    } else if !spec.flags.has(b'-') {
        let spaces = usize::from(spec.width).saturating_sub(1);
        out.extend(std::iter::repeat_n(b' ', spaces));
    }
}

/// Appends what `%s` gives. A long string without a precision is taken whole; any other
/// ends at its first zero byte, as in C.
pub fn string(spec: &Spec, text: &[u8], out: &mut Vec<u8>) {
    if spec.precision.is_none() && text.len() >= LONG_STRING {
        out.extend_from_slice(text);
        return;
    }
    let most = spec.precision.map_or(text.len(), usize::from);
    let text = text.get(..most).unwrap_or(text);
    let end = memchr::memchr(0, text).unwrap_or(text.len());
    pad(spec, b"", 0, text.get(..end).unwrap_or(text), false, out);
}

/// Appends what `%s` gives for a string that is known to be formatted plainly (`%s` alone).
pub fn bytes(text: &[u8], out: &mut Vec<u8>) {
    let end = match text.len() {
        LONG_STRING.. => text.len(),
        _ => memchr::memchr(0, text).unwrap_or(text.len()),
    };
    out.extend_from_slice(text.get(..end).unwrap_or(text));
}

/// Appends what `%q` gives: a string that Lua reads back as the same bytes. Flags, width
/// and precision mean nothing to it.
pub fn quoted(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    quoted_part(text, out);
    out.push(b'"');
}

/// Appends what [`quoted`] gives for a part of a string, without the quotes around the whole.
pub fn quoted_part(text: &[u8], out: &mut Vec<u8>) {
    for &byte in text {
        match byte {
            b'"' | b'\\' | b'\n' => out.extend_from_slice(&[b'\\', byte]),
            b'\r' => out.extend_from_slice(b"\\r"),
            0 => out.extend_from_slice(b"\\000"),
            _ => out.push(byte),
        }
    }
}
