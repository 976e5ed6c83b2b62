//! Numerals: the scanner that logos calls. What a numeral is worth is `isa`'s.

use crate::literal::{Lex, LexError, LexFault, is_word, take_until};
use crate::pool::PIECE;

/// A numeral, of which the first digit is already taken: decimal with fraction and exponent, or hexadecimal as C reads it.
pub fn numeral(lex: &mut Lex<'_>) -> Result<f64, LexError> {
    take_until(lex, |b| !b.is_ascii_digit() && b != b'.')?;
    if let Some(b'e' | b'E' | 0) = lex.remainder().first() {
        lex.bump(1);
        if let Some(b'+' | b'-' | 0) = lex.remainder().first() {
            lex.bump(1);
        }
    }
    take_until(lex, |b| !is_word(b))?;
    if lex.extras.additions
        && let [b'0', b'x' | b'X', ..] = lex.slice()
    {
        lex.bump(hex_tail(lex)?);
    }
    let value = number(lex)?;
    value.ok_or_else(|| LexFault::near("malformed number", lex.slice()))
}

/// How much of what follows belongs to the hexadecimal numeral that 5.1 would end before it: a fraction,
/// an exponent with a sign, or both. These are an addition. Where they are not well formed the
/// numeral ends as in 5.1: `0xA..b` is a concatenation, and `0x1p+` is malformed near `0x1p`.
fn hex_tail(lex: &Lex<'_>) -> Result<usize, LexError> {
    let taken = lex.slice().len();
    let text = lex.source().get(lex.span().start..).unwrap_or_default();
    let at = |place: usize| text.get(place).copied().unwrap_or(b' ');
    let digits = |from: usize, fits: fn(&u8) -> bool| {
        let text = text.get(from..).unwrap_or_default();
        // They are half the way that is left: their value is read after them.
        let place = lex.span().end - taken / 2 + from / 4;
        lex.extras.read_until(text, place, |b| !fits(&b), |_| {})
    };
    let mut end = 2 + digits(2, u8::is_ascii_hexdigit)?;
    let mut count = end - 2;
    if at(end) == b'.' {
        let fraction = digits(end + 1, u8::is_ascii_hexdigit)?;
        count += fraction;
        end += 1 + fraction;
    }
    if at(end).eq_ignore_ascii_case(&b'p') {
        end += 1 + usize::from(matches!(at(end + 1), b'+' | b'-'));
        let exponent = digits(end, u8::is_ascii_digit)?;
        count = count.min(exponent);
        end += exponent;
    }
    let goes_on = matches!(at(end), b'.' | b'_' | 0) || at(end).is_ascii_alphanumeric();
    Ok(match count > 0 && !goes_on {
        true => end.saturating_sub(taken),
        false => 0,
    })
}

/// The value of the token. Most numerals are a few digits, which are their own value.
fn number(lex: &Lex<'_>) -> Result<Option<f64>, LexError> {
    let text = lex.slice();
    if text.len() <= 9 && text.iter().all(u8::is_ascii_digit) {
        let value = text
            .iter()
            .fold(0, |sum: u32, b| sum * 10 + u32::from(b - b'0'));
        return Ok(Some(f64::from(value)));
    }
    if text.len() <= PIECE {
        return Ok(bvm_isa::number::parse_number(text));
    }
    let mut numeral = bvm_isa::Numeral::new();
    for (piece, done) in text.chunks(PIECE).zip((0..).step_by(PIECE)) {
        let left = text.len() - done;
        lex.extras.reach(lex.span().end - left / 2)?;
        numeral.read(piece);
    }
    Ok(numeral.value())
}
