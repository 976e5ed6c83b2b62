//! The decimal digits of a floating number, exact and as many as are wanted, by arithmetic in numbers that are as long as
//! it takes. Must not know how they are shown.
//!
//! The standard library gives the same digits one by one, each by a pass through the long number. Here a pass gives nine.

use std::ops::Range;

/// Digits of a group, and what each group counts to.
const GROUP: usize = 9;
const ONE: u64 = 1_000_000_000;
/// Groups of the longest number before its point: it has 309 digits.
const GROUPS: usize = 35;
/// Words of the longest fraction: its last bit is worth 2^-1074.
const WORDS: usize = 34;
/// Most digits that are shown: before the point, and then as many as a directive may want.
const MOST: usize = 309 + 99;
/// With those that decide how the last is rounded.
const ROOM: usize = MOST + 2 * GROUP;

/// Digits of a number, rounded to the nearest, and from the middle to the even one.
pub(crate) struct Exact {
    digits: [u8; ROOM],
    len: usize,
    /// How many of them come before the point; not more than zero are zeros between the point and the first.
    point: i32,
}

/// Which digits are wanted.
#[derive(Clone, Copy)]
enum Wanted {
    /// All before the point, and so many behind it.
    Places(usize),
    /// So many from the first that is not zero.
    Leading(usize),
}

impl Exact {
    /// The digits of a number that is finite and not negative: all before the point, at least one, and `places` behind it,
    /// not more than 99.
    pub fn fixed(value: f64, places: usize) -> Exact {
        Exact::new(value, Wanted::Places(places))
    }

    /// The same for the first `count` digits, from 1 to 100.
    pub fn leading(value: f64, count: usize) -> Exact {
        Exact::new(value, Wanted::Leading(count))
    }

    /// The digits, none of them as a character.
    pub fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }

    /// How many of them come before the point.
    pub fn point(&self) -> i32 {
        self.point
    }

    fn new(value: f64, wanted: Wanted) -> Exact {
        let (mantissa, exponent) = parts(value);
        let mut exact = Exact {
            digits: [0; ROOM],
            len: 0,
            point: 0,
        };
        let mut fraction = Fraction::new(0, 0);
        match u32::try_from(exponent) {
            Ok(shift) => exact.whole(mantissa, shift),
            Err(_) => {
                let shift = exponent.unsigned_abs();
                let before = mantissa.checked_shr(shift).unwrap_or(0);
                exact.whole(before, 0);
                let behind = mantissa - before.checked_shl(shift).unwrap_or(0);
                fraction = Fraction::new(behind, shift);
            }
        }
        if exact.len == 0 && (matches!(wanted, Wanted::Places(_)) || value == 0.0) {
            (exact.len, exact.point) = (1, 1);
        }
        let count = loop {
            let count = match wanted {
                Wanted::Places(places) => exact.point as usize + places,
                Wanted::Leading(count) => count,
            };
            if exact.len > count || fraction.is_zero() {
                break count;
            }
            exact.group(fraction.next_group());
        };
        if exact.round(count, !fraction.is_zero()) {
            // All digits were nines.
            exact.digits[0] = 1;
            exact.point += 1;
            exact.len += usize::from(matches!(wanted, Wanted::Places(_)));
        }
        exact
    }

    /// Begins with the digits of the whole number `mantissa * 2^shift`.
    fn whole(&mut self, mantissa: u64, shift: u32) {
        let mut groups = [0u32; GROUPS];
        groups[0] = (mantissa % ONE) as u32;
        groups[1] = (mantissa / ONE) as u32;
        let mut used = 2;
        let mut left = shift;
        while left > 0 {
            let by = left.min(32);
            let mut carry = 0;
            for group in &mut groups[..used] {
                let product = (u64::from(*group) << by) + carry;
                *group = (product % ONE) as u32;
                carry = product / ONE;
            }
            while carry > 0 && used < GROUPS {
                groups[used] = (carry % ONE) as u32;
                carry /= ONE;
                used += 1;
            }
            left -= by;
        }
        for &group in groups[..used].iter().rev() {
            self.group(group);
        }
        self.point = self.len as i32;
    }

    /// Adds the next nine digits. Zeros before the first other digit are not kept.
    fn group(&mut self, mut group: u32) {
        let mut digits = [0; GROUP];
        for digit in digits.iter_mut().rev() {
            *digit = (group % 10) as u8;
            group /= 10;
        }
        let zeros = match self.len {
            0 => digits.iter().take_while(|&&digit| digit == 0).count(),
            _ => 0,
        };
        if self.len == 0 {
            self.point -= zeros as i32;
        }
        let kept = &digits[zeros..];
        if let Some(room) = self.digits.get_mut(self.len..self.len + kept.len()) {
            room.copy_from_slice(kept);
            self.len += kept.len();
        }
    }

    /// Rounds to `count` digits; `more` tells whether something other than zeros comes behind all that are there. Tells whether
    /// another one is to come before them.
    fn round(&mut self, count: usize, more: bool) -> bool {
        let behind = self.digits().get(count..).unwrap_or_default();
        let is_odd = self.digits[count - 1] % 2 == 1;
        let rounds_up = match behind.split_first() {
            None => false,
            Some((5, rest)) => is_odd || more || rest.iter().any(|&digit| digit != 0),
            Some((first, _)) => *first > 5,
        };
        self.len = count;
        self.digits[count..].fill(0);
        if !rounds_up {
            return false;
        }
        let digits = &mut self.digits[..count];
        let nines = digits.iter().rev().take_while(|&&digit| digit == 9).count();
        let (others, nines) = digits.split_at_mut(count - nines);
        nines.fill(0);
        match others.last_mut() {
            Some(last) => *last += 1,
            None => return true,
        }
        false
    }
}

/// What comes behind the point: a whole number of words, divided by what those can count to. Words that are not in use are
/// zero.
struct Fraction {
    words: [u32; WORDS],
    /// How many words there are.
    count: usize,
    /// Those in use.
    used: Range<usize>,
}

impl Fraction {
    /// `value / 2^shift`, which is less than one.
    fn new(value: u64, shift: u32) -> Fraction {
        let count = shift.div_ceil(32);
        let placed = u128::from(value) << (32 * count - shift);
        let mut words = [0; WORDS];
        for (i, word) in words.iter_mut().enumerate().take(4) {
            *word = (placed >> (32 * i)) as u32;
        }
        let mut fraction = Fraction {
            words,
            count: count as usize,
            used: 0..3.min(count as usize),
        };
        fraction.pass_zeros();
        fraction
    }

    /// Lets the words that are zero at the end be no longer in use.
    fn pass_zeros(&mut self) {
        while !self.is_zero() && self.words[self.used.start] == 0 {
            self.used.start += 1;
        }
    }

    fn is_zero(&self) -> bool {
        self.used.is_empty()
    }

    /// Takes off the next nine digits.
    fn next_group(&mut self) -> u32 {
        let mut carry = 0;
        for word in &mut self.words[self.used.clone()] {
            let product = u64::from(*word) * ONE + carry;
            *word = product as u32;
            carry = product >> 32;
        }
        if self.used.end < self.count {
            self.words[self.used.end] = carry as u32;
            self.used.end += 1;
            carry = 0;
        }
        // Each digit takes a factor of two off what is left.
        self.pass_zeros();
        carry as u32
    }
}

/// A number as `mantissa * 2^exponent`.
fn parts(value: f64) -> (u64, i32) {
    let bits = value.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    match exponent {
        0 => (fraction, -1074),
        _ => (fraction | 1 << 52, exponent - 1075),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(digits: &[u8]) -> String {
        digits.iter().map(|digit| (b'0' + digit) as char).collect()
    }

    fn compare(value: f64) {
        for places in [0, 1, 2, 6, 17, 50, 99] {
            let exact = Exact::fixed(value, places);
            let shown = text(exact.digits());
            let (before, behind) = shown.split_at(exact.point() as usize);
            let point = if places > 0 { "." } else { "" };
            let expected = format!("{value:.places$}");
            assert_eq!(format!("{before}{point}{behind}"), expected);
            let exact = Exact::leading(value, places + 1);
            let shown = text(exact.digits());
            let (first, behind) = shown.split_at(1);
            let expected = format!("{value:.places$e}");
            let exponent = exact.point() - 1;
            assert_eq!(format!("{first}{point}{behind}e{exponent}"), expected);
        }
    }

    #[test]
    fn digits_are_those_of_the_standard_library() {
        let edges = [
            0.0, 0.5, 1.5, 2.5, 0.25, 0.125, 9.5, 99.5, 0.95, 0.05, 999.9999, 1e15, 1e22, 1e23,
        ];
        let limits = [f64::MAX, f64::MIN_POSITIVE, f64::EPSILON, 5e-324];
        for value in edges.into_iter().chain(limits) {
            compare(value);
        }
        for power in 0..2047 {
            compare(f64::from_bits(power << 52));
            compare(f64::from_bits((power << 52) - u64::from(power > 0)));
        }
        for whole in 0..2000 {
            compare(f64::from(whole));
            compare(f64::from(whole) * 1000.0 + 500.0);
        }
        let mut state = 1u64;
        for i in 0..20_000 {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(99);
            let value = match i % 2 {
                0 => f64::from_bits(state >> 1),
                _ => (state >> 44) as f64 / 1024.0,
            };
            if value.is_finite() {
                compare(value);
            }
        }
    }
}
