//! A numeral that is being read, as bytes and back. Nothing depends on who wrote the bytes.
//!
//! ```text
//!   state 1 | base 1 | facts 1 | bits 8 | binary exponent 8 | whole 8 | scale 8 | exponent 8 | digits or word
//! ```

use super::{DIGITS, FAR, Numeral, State};
use crate::number::HexMantissa;

/// States by their numbers.
const STATES: [State; 14] = [
    State::Start,
    State::Signed,
    State::Zero,
    State::Whole,
    State::Point,
    State::Fraction,
    State::Letter,
    State::ExponentSign,
    State::Exponent,
    State::Word,
    State::Payload,
    State::End,
    State::Over,
    State::Wrong,
];

impl Numeral {
    /// Adds its state to `out`, less than 900 bytes however much has been read.
    pub fn save(&self, out: &mut Vec<u8>) {
        let state = STATES.iter().position(|&state| state == self.state);
        let facts = [
            self.is_whole,
            self.is_negative,
            self.is_some,
            self.is_more,
            self.is_small,
            self.whole.is_some(),
            self.hex.any,
            self.hex.sticky,
        ];
        let facts = (0..)
            .zip(facts)
            .fold(0, |all, (i, fact)| all | u8::from(fact) << i);
        out.extend_from_slice(&[state.unwrap_or_default() as u8, self.base as u8, facts]);
        out.extend_from_slice(&self.hex.bits.to_le_bytes());
        out.extend_from_slice(&self.hex.exponent.to_le_bytes());
        out.extend_from_slice(&self.whole.unwrap_or_default().to_le_bytes());
        out.extend_from_slice(&self.scale.to_le_bytes());
        out.extend_from_slice(&self.exponent.to_le_bytes());
        out.extend_from_slice(&self.text);
    }

    /// The numeral that [`Numeral::save`] wrote, which goes on where that one was; `None` when the bytes are no such
    /// state. One that was made up reads some number or none.
    pub fn restore(bytes: &[u8]) -> Option<Numeral> {
        let (&[state, base, facts], rest) = bytes.split_first_chunk()?;
        let (numbers, text) = rest.split_first_chunk::<40>()?;
        let mut numbers = numbers.as_chunks().0.iter().copied();
        let mut next = || numbers.next();
        let (bits, binary, whole, scale, exponent) = (next()?, next()?, next()?, next()?, next()?);
        // No text is so long that these come near to their ends.
        let near = |n: [u8; 8]| i64::from_le_bytes(n).clamp(-FAR, FAR);
        let has = |i: u32| facts >> i & 1 != 0;
        if !(2..=36).contains(&base) || text.len() > DIGITS {
            return None;
        }
        Some(Numeral {
            state: *STATES.get(usize::from(state))?,
            base: base.into(),
            is_whole: has(0),
            is_negative: has(1),
            is_some: has(2),
            text: text.to_vec(),
            is_more: has(3),
            scale: near(scale),
            hex: HexMantissa {
                any: has(6),
                bits: u64::from_le_bytes(bits),
                sticky: has(7),
                exponent: near(binary),
            },
            whole: has(5).then_some(u64::from_le_bytes(whole)),
            exponent: near(exponent).max(0),
            is_small: has(4),
        })
    }
}
