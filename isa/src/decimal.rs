//! Decimal digits of doubles, correctly rounded, for the sizes that programs print: exact arithmetic in
//! 128 bits. What does not fit is left to the caller, and how digits are laid out, too.

/// Powers of ten that fit into 64 bits.
const POWERS: [u64; 20] = {
    let mut powers = [1; 20];
    let mut i = 1;
    while i < powers.len() {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// 10^exponent, for an exponent of at most 19.
#[inline]
pub fn power(exponent: u32) -> u64 {
    POWERS.get(exponent as usize).copied().unwrap_or(u64::MAX)
}

/// The two digits of each number below a hundred.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[b'0'; 2]; 100];
    let mut i = 0;
    while i < pairs.len() {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// A short text that is written from its end to its front, as digits come. What does not fit is dropped.
#[derive(Clone, Copy, Debug)]
pub struct Backwards<const N: usize> {
    bytes: [u8; N],
    start: usize,
}

impl<const N: usize> Default for Backwards<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> Backwards<N> {
    /// The empty text.
    #[inline]
    pub fn new() -> Self {
        Backwards {
            bytes: [0; N],
            start: N,
        }
    }

    /// Puts a byte in front.
    #[inline]
    pub fn byte(&mut self, byte: u8) {
        if let Some(start) = self.start.checked_sub(1)
            && let Some(place) = self.bytes.get_mut(start)
        {
            *place = byte;
            self.start = start;
        }
    }

    /// Puts bytes in front.
    pub fn bytes(&mut self, bytes: &[u8]) {
        bytes.iter().rev().for_each(|&byte| self.byte(byte));
    }

    /// Puts a number in front.
    #[inline]
    pub fn digits(&mut self, mut n: u64) {
        while n >= 100 {
            let [tens, ones] = pair(n % 100);
            self.byte(ones);
            self.byte(tens);
            n /= 100;
        }
        let [tens, ones] = pair(n);
        self.byte(ones);
        if n >= 10 {
            self.byte(tens);
        }
    }

    /// Puts a number in front, with zeros before it to make `count` digits.
    #[inline]
    pub fn padded(&mut self, n: u64, count: u32) {
        let end = self.start.saturating_sub(count as usize);
        if n > 0 {
            self.digits(n);
        }
        while self.start > end {
            self.byte(b'0');
        }
    }

    /// The text so far.
    #[inline]
    pub fn written(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

#[inline]
fn pair(n: u64) -> [u8; 2] {
    PAIRS.get(n as usize).copied().unwrap_or([b'0'; 2])
}

/// Bits of a double's significand.
const SIGNIFICAND: u32 = 52;

/// `value * 10^places` rounded to a whole number, to the even one of two that are equally near; `None` when
/// that does not fit. The value must be finite and not negative.
///
/// ```
/// assert_eq!(bvm_isa::decimal::scaled(0.125, 2), Some(12));
/// assert_eq!(bvm_isa::decimal::scaled(2.5e30, 2), None);
/// ```
#[inline]
pub fn scaled(value: f64, places: u32) -> Option<u64> {
    let power = *POWERS.get(places as usize)?;
    let bits = value.to_bits();
    let (exponent, fraction) = (bits >> SIGNIFICAND, bits & ((1 << SIGNIFICAND) - 1));
    let significand = match exponent {
        0 => fraction,
        _ => fraction | 1 << SIGNIFICAND,
    };
    // Below 2^117.
    let product = u128::from(significand) * u128::from(power);
    // The value is its significand by this power of two.
    let shift = exponent.max(1) as i32 - 1075;
    if shift >= 0 {
        return match shift {
            0..=10 => u64::try_from(product << shift).ok(),
            _ => None,
        };
    }
    if shift < -118 {
        return Some(0);
    }
    let down = shift.unsigned_abs();
    let whole = product >> down;
    let (rest, half) = (product & ((1 << down) - 1), 1 << (down - 1));
    let up = rest > half || rest == half && whole & 1 == 1;
    u64::try_from(whole + u128::from(up)).ok()
}

/// The first `count` digits of a number, rounded, as one number; and the power of ten of the first. `None` for
/// zero, and for what is much larger or smaller than one.
///
/// ```
/// assert_eq!(bvm_isa::decimal::leading(1.0 / 7.0, 5), Some((14286, -1)));
/// assert_eq!(bvm_isa::decimal::leading(99.9999, 3), Some((100, 2)));
/// ```
#[inline]
pub fn leading(value: f64, count: u32) -> Option<(u64, i32)> {
    let over = *POWERS.get(count as usize)?;
    let exponent = (value.to_bits() >> SIGNIFICAND) as i32;
    if exponent == 0 {
        return None;
    }
    // The logarithm of a power of two not above the value, cut down: not above that of the value.
    let mut first = ((exponent - 1023) * 1_262_611) >> 22;
    loop {
        let places = u32::try_from(count as i32 - 1 - first).ok()?;
        let digits = scaled(value, places)?;
        if digits < over {
            return Some((digits, first));
        }
        first += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{leading, scaled};

    /// Numbers of all sizes whose rounding is hard or easy.
    fn samples() -> impl Iterator<Item = f64> {
        let mut state = 1u64;
        let random = std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005) | 1;
            state ^= state >> 29;
            // Between 2^-23 and 2^72.
            f64::from_bits((state & ((1 << 52) - 1)) | (1000 + state % 95) << 52)
        });
        let halves = (0..2000).map(|i| f64::from(i) / 8.0);
        let near = (0..300).map(|i| 10f64.powi(i % 30 - 9) * (1.0 - f64::EPSILON / 2.0));
        random.take(20_000).chain(halves).chain(near)
    }

    #[test]
    fn places_are_those_of_the_exact_way() {
        for value in samples() {
            for places in [0, 1, 2, 5, 14, 17] {
                let Some(digits) = scaled(value, places) else {
                    assert!(value * 10f64.powi(places as i32) > 9.2e18);
                    continue;
                };
                let text = format!("{value:.*}", places as usize).replace('.', "");
                assert_eq!(text.parse(), Ok(digits), "{value:e} {places}");
            }
        }
    }

    #[test]
    fn digits_are_those_of_the_exact_way() {
        for value in samples().filter(|&value| value > 0.0) {
            for count in [1, 2, 6, 14, 17] {
                let Some((digits, first)) = leading(value, count) else {
                    let power = |exponent| 10f64.powi(exponent);
                    assert!(value > 0.9 * power(count as i32) || value < power(count as i32 - 18));
                    continue;
                };
                let exact = format!("{value:.*e}", count as usize - 1).replace('.', "");
                assert_eq!(format!("{digits}e{first}"), exact);
            }
        }
    }
}
