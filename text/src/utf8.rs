//! UTF-8 as Lua 5.3 reads and writes it: code points up to 10FFFF, in their shortest form; surrogates are
//! code points like others. Nothing here walks a whole string.

/// The largest code point.
pub const MAX_CODE_POINT: u32 = 0x10_FFFF;

/// The largest code points of one, two and three bytes.
const LARGEST: [u32; 3] = [0x7F, 0x7FF, 0xFFFF];

/// The first byte of a sequence of two, three and four bytes, without bits of the code point.
const LEADS: [u8; 3] = [0xC0, 0xE0, 0xF0];

/// Says whether a byte goes on with a sequence, so that no code point begins at it.
#[inline]
pub fn is_continuation(byte: u8) -> bool {
    byte & 0xC0 == 0x80
}

/// The code point that `text` begins with, and how many bytes it takes; `None` when it begins with
/// something else.
///
/// ```
/// assert_eq!(bvm_text::decode_utf8("éa".as_bytes()), Some((0xE9, 2)));
/// assert_eq!(bvm_text::decode_utf8(b"\xC0\x80"), None);
/// ```
#[inline]
pub fn decode_utf8(text: &[u8]) -> Option<(u32, usize)> {
    let first = *text.first()?;
    if first < 0x80 {
        return Some((u32::from(first), 1));
    }
    // Of 11110xxx four bits are set before the zero: so many bytes are there.
    let len = first.leading_ones() as usize;
    let more = text.get(1..len).filter(|more| more.len() < 4)?;
    let mut code = u32::from(first) & (0x7F >> len);
    for &byte in more {
        if !is_continuation(byte) {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3F);
    }
    // A first byte that goes on with a sequence has nothing below it here.
    let shorter = LARGEST.get(len.checked_sub(2)?)?;
    (code > *shorter && code <= MAX_CODE_POINT).then_some((code, len))
}

/// Appends the bytes of a code point of up to 21 bits.
pub fn encode_utf8(code: u32, out: &mut Vec<u8>) {
    let more = LARGEST.iter().filter(|&&largest| code > largest).count();
    let Some(lead) = more.checked_sub(1).and_then(|row| LEADS.get(row)) else {
        out.push(code as u8);
        return;
    };
    out.push(lead | (code >> (6 * more)) as u8);
    for place in (0..more).rev() {
        out.push(0x80 | (code >> (6 * place)) as u8 & 0x3F);
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_CODE_POINT, decode_utf8, encode_utf8};

    #[test]
    fn every_code_point_comes_back() {
        for code in 0..=MAX_CODE_POINT {
            let mut text = Vec::new();
            encode_utf8(code, &mut text);
            assert_eq!(decode_utf8(&text), Some((code, text.len())));
            if let Some(letter) = char::from_u32(code) {
                assert_eq!(text, letter.to_string().as_bytes());
            }
        }
    }

    #[test]
    fn what_is_no_shortest_sequence_is_nothing() {
        let wrong: &[&[u8]] = &[
            b"",
            b"\x80",
            b"\xBF\xBF",
            b"\xC1\xBF",
            b"\xC3",
            b"\xC3a",
            b"\xE0\x9F\xBF",
            b"\xF0\x8F\xBF\xBF",
            b"\xF4\x90\x80\x80",
            b"\xF8\x88\x80\x80\x80",
            b"\xFF",
        ];
        for text in wrong {
            assert_eq!(decode_utf8(text), None, "{text:x?}");
        }
    }
}
