//! Numbers as Lua 5.1 spells them: `%.14g` out, `strtod` in.
//!
//! Only text and `f64` live here; arithmetic belongs to the machine.

/// Most significant digits that `%.14g` shows.
const DIGITS: usize = 14;
/// Below this every integer has at most [`DIGITS`] digits and prints exactly.
const EXACT_INTEGERS: f64 = 1e14;

/// The text of a number as C's `printf("%.14g")` writes it on Linux.
///
/// ```
/// assert_eq!(bvm_isa::format_number(0.1), "0.1");
/// assert_eq!(bvm_isa::format_number(1e15), "1e+15");
/// assert_eq!(bvm_isa::format_number(-f64::NAN), "-nan");
/// ```
pub fn format_number(n: f64) -> String {
    if n.is_nan() || n.is_infinite() {
        let name = if n.is_nan() { "nan" } else { "inf" };
        let sign = if n.is_sign_negative() { "-" } else { "" };
        return format!("{sign}{name}");
    }
    if n.abs() < EXACT_INTEGERS && n == n.trunc() && (n != 0.0 || n.is_sign_positive()) {
        // The cast is exact: the value is an integer far below 2^63.
        return (n as i64).to_string();
    }
    format_general(n)
}

/// `%.14g` of a finite number by way of its 14 correctly rounded digits.
fn format_general(n: f64) -> String {
    let scientific = format!("{n:.precision$e}", precision = DIGITS - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let digits = match digits.trim_end_matches('0') {
        "" => "0",
        trimmed => trimmed,
    };
    if exponent < -4 || exponent >= DIGITS as i32 {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let minus = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{minus}{:02}", exponent.abs());
    }
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        return format!("{sign}{digits:0<whole$}");
    }
    let (whole, fraction) = digits.split_at(whole);
    format!("{sign}{whole}.{fraction}")
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
    let s = s.split(|&byte| byte == 0).next().unwrap_or(s);
    let s = trim(s);
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

/// C's `isspace` in the C locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

fn trim(mut s: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = s
        && is_space(*first)
    {
        s = rest;
    }
    while let [rest @ .., last] = s
        && is_space(*last)
    {
        s = rest;
    }
    s
}

/// Length of the run of decimal digits that starts `s`.
fn digit_run(s: &[u8]) -> usize {
    s.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

/// Unsigned decimal numeral that fills `s`. The form is checked here, because Rust's own parser
/// knows words that C does not; the value is Rust's, which rounds correctly.
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
    std::str::from_utf8(s).ok()?.parse().ok()
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
fn parse_word(s: &[u8]) -> Option<f64> {
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
    Some(compose(
        mantissa.bits,
        mantissa.sticky,
        mantissa.exponent.saturating_add(exponent),
    ))
}

/// The leading bits of a hexadecimal numeral, and whether anything nonzero was cut off.
#[derive(Default)]
struct HexMantissa {
    any: bool,
    bits: u64,
    sticky: bool,
    exponent: i64,
}

impl HexMantissa {
    fn push(&mut self, digit: u32, after_point: bool) {
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
