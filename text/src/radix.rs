//! `tonumber(text, base)`: whole numbers in bases 2 to 36. No decimal fractions here.

/// Reads `text` as C's `strtoul` does on a 64-bit machine, allowing white space around it.
///
/// A minus sign wraps around (`-ff` is 2^64 - 255), too large a number saturates at 2^64 - 1
/// whatever its sign, and a zero byte ends the text. `None` when something else is left over
/// or `base` is not in 2..=36.
pub fn tonumber_radix(text: &[u8], base: u32) -> Option<f64> {
    if !(2..=36).contains(&base) {
        return None;
    }
    let text = text.split(|&byte| byte == 0).next().unwrap_or_default();
    let text = skip_space(text);
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    let (value, rest) = digits(skip_prefix(text, base), base)?;
    let value = match value {
        Some(value) if negative => value.wrapping_neg(),
        Some(value) => value,
        None => u64::MAX,
    };
    skip_space(rest).is_empty().then_some(value as f64)
}

/// Drops `0x` in base 16, but only when a digit follows.
fn skip_prefix(text: &[u8], base: u32) -> &[u8] {
    match text {
        [b'0', b'x' | b'X', rest @ ..]
            if base == 16 && rest.first().is_some_and(u8::is_ascii_hexdigit) =>
        {
            rest
        }
        _ => text,
    }
}

/// The value of the leading digits (`None` inside when it overflows) and what follows them;
/// `None` when there is no digit.
fn digits(text: &[u8], base: u32) -> Option<(Option<u64>, &[u8])> {
    let digit = |byte: &u8| char::from(*byte).to_digit(base).map(u64::from);
    let count = text.iter().take_while(|byte| digit(byte).is_some()).count();
    let (number, rest) = text.split_at_checked(count)?;
    if number.is_empty() {
        return None;
    }
    let value = number
        .iter()
        .filter_map(digit)
        .try_fold(0u64, |value, digit| {
            value.checked_mul(u64::from(base))?.checked_add(digit)
        });
    Some((value, rest))
}

/// `text` without the white space it begins with.
fn skip_space(text: &[u8]) -> &[u8] {
    let count = text
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'..=b'\r'))
        .count();
    text.get(count..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::tonumber_radix;

    #[test]
    fn reads_what_strtoul_reads() {
        let cases: &[(&[u8], u32, Option<f64>)] = &[
            (b"ff", 16, Some(255.0)),
            (b"0xFf", 16, Some(255.0)),
            (b" \t7 \n", 8, Some(7.0)),
            (b"+7", 8, Some(7.0)),
            (b"7\0z", 8, Some(7.0)),
            (b"zz", 36, Some(1295.0)),
            (b"-ff", 16, Some(18_446_744_073_709_551_361.0)),
            (
                b"-ffffffffffffffffff",
                16,
                Some(18_446_744_073_709_551_615.0),
            ),
            (b"0x", 16, None),
            (b"0b1", 2, None),
            (b"- 7", 8, None),
            (b"8", 8, None),
            (b"", 8, None),
            (b"1.5", 36, None),
            (b"1", 37, None),
            (b"1", 1, None),
        ];
        for &(text, base, expected) in cases {
            assert_eq!(tonumber_radix(text, base), expected, "{text:?} base {base}");
        }
    }
}
