//! Replacement strings of `gsub`. Which value replaces a match is not decided here.

use crate::matcher::{Capture, PatternError};

/// How far [`expand`] came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expanded {
    /// The replacement is complete.
    Done,
    /// The output has reached its limit, or there were many escapes; calling again goes on.
    Full,
}

/// Escapes that one call of [`expand`] follows.
pub const MOST_ESCAPES: u32 = 512;

/// Capture `index`, counted from 0, of a match; the whole match counts as the first when
/// there are no captures. This is what Lua gives to a caller for it.
pub fn nth_capture(
    index: usize,
    whole: (usize, usize),
    captures: &[Capture],
) -> Result<Capture, PatternError> {
    match captures.get(index) {
        Some(Capture::Unfinished(_)) => Err(PatternError::UnfinishedCapture),
        Some(&capture) => Ok(capture),
        None if index == 0 => Ok(Capture::Span(whole.0, whole.1)),
        None => Err(PatternError::InvalidCaptureIndex),
    }
}

/// Appends what the replacement string `repl` gives for one match, from its byte `at` on.
///
/// `%0` is the whole match, `%1` to `%9` are captures, `%` before anything else is dropped; a
/// `%` at the very end gives a zero byte, as in Lua 5.1. A `repl` can be long, and a short one
/// can name a long capture often, so this stops once `out` is `limit` bytes or longer and then
/// goes on when called with a higher limit; it goes over by one capture at most.
///
/// `escapes` tells how many there were in this call; after [`MOST_ESCAPES`] it is time to look at the fuel.
#[expect(clippy::too_many_arguments, reason = "it has no state of its own")]
pub fn expand(
    repl: &[u8],
    at: &mut usize,
    whole: (usize, usize),
    captures: &[Capture],
    src: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
    escapes: &mut u32,
) -> Result<Expanded, PatternError> {
    *escapes = 0;
    while let Some(rest) = repl.get(*at..).filter(|rest| !rest.is_empty()) {
        if out.len() >= limit || *escapes >= MOST_ESCAPES {
            return Ok(Expanded::Full);
        }
        let seen = rest.get(..limit - out.len()).unwrap_or(rest);
        let plain = memchr::memchr(b'%', seen).unwrap_or(seen.len());
        out.extend_from_slice(seen.get(..plain).unwrap_or_default());
        *at += plain;
        if plain == seen.len() {
            continue;
        }
        *escapes += 1;
        match rest.get(plain + 1).copied().unwrap_or(0) {
            b'0' => out.extend_from_slice(src.get(whole.0..whole.1).unwrap_or_default()),
            digit @ b'1'..=b'9' => {
                let capture = nth_capture(usize::from(digit - b'1'), whole, captures)?;
                append(capture, src, out);
            }
            other => out.push(other),
        }
        *at += 2;
    }
    Ok(Expanded::Done)
}

/// Appends the text of a capture; a position is written in decimal.
fn append(capture: Capture, src: &[u8], out: &mut Vec<u8>) {
    match capture {
        Capture::Span(start, end) => {
            out.extend_from_slice(src.get(start..end).unwrap_or_default());
        }
        Capture::Position(at) => out.extend_from_slice(at.saturating_add(1).to_string().as_bytes()),
        Capture::Unfinished(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::{Expanded, expand};
    use crate::matcher::{Capture, PatternError};

    fn expanded(repl: &[u8], captures: &[Capture]) -> Result<Vec<u8>, PatternError> {
        let (mut at, mut out) = (0, Vec::new());
        let end = expand(
            repl,
            &mut at,
            (1, 3),
            captures,
            b"abcd",
            &mut out,
            usize::MAX,
            &mut 0,
        )?;
        assert_eq!(end, Expanded::Done);
        Ok(out)
    }

    #[test]
    fn percent_names_captures() {
        let captures = [Capture::Span(0, 1), Capture::Position(2)];
        let text = |repl: &[u8]| expanded(repl, &captures);
        assert_eq!(text(b"<%0|%1|%2>").as_deref(), Ok(&b"<bc|a|3>"[..]));
        assert_eq!(text(b"%%%x%").as_deref(), Ok(&b"%x\0"[..]));
        assert_eq!(text(b"%3"), Err(PatternError::InvalidCaptureIndex));
        assert_eq!(expanded(b"%1", &[]).as_deref(), Ok(&b"bc"[..]));
        assert_eq!(expanded(b"%2", &[]), Err(PatternError::InvalidCaptureIndex));
        let open = [Capture::Unfinished(0)];
        assert_eq!(expanded(b"%1", &open), Err(PatternError::UnfinishedCapture));
        assert_eq!(expanded(b"x", &open).as_deref(), Ok(&b"x"[..]));
    }

    #[test]
    fn stops_at_the_limit_and_goes_on() {
        let (mut at, mut out, mut limit) = (0, Vec::new(), 1);
        let repl = b"%0%0%0";
        let mut go_on = |out: &mut Vec<u8>, limit| {
            expand(repl, &mut at, (0, 4), &[], b"abcd", out, limit, &mut 0)
        };
        while go_on(&mut out, limit) == Ok(Expanded::Full) {
            assert!(out.len() < limit + 4);
            limit += 1;
        }
        assert_eq!(out, b"abcdabcdabcd");
    }

    #[test]
    fn text_without_escapes_stops_there_as_well() {
        let (mut at, mut out, mut calls) = (0, Vec::new(), 0);
        let repl = [&b"xy".repeat(50)[..], b"%1"].concat();
        let captures = [Capture::Span(1, 3)];
        loop {
            let limit = out.len() + 8;
            let (whole, src) = ((1, 3), b"abcd");
            let end = expand(
                &repl, &mut at, whole, &captures, src, &mut out, limit, &mut 0,
            );
            calls += 1;
            assert!(out.len() <= limit);
            if end == Ok(Expanded::Done) {
                break;
            }
        }
        assert_eq!(out, [&b"xy".repeat(50)[..], b"bc"].concat());
        assert_eq!(calls, 13);
    }

    #[test]
    fn many_escapes_are_followed_in_portions() {
        let repl = b"%1".repeat(1200);
        let (mut at, mut out, mut calls) = (0, Vec::new(), Vec::new());
        loop {
            let (src, mut escapes) = (b"abcd", 0);
            let empty = [Capture::Span(1, 1)];
            let end = expand(
                &repl,
                &mut at,
                (0, 4),
                &empty,
                src,
                &mut out,
                9,
                &mut escapes,
            );
            calls.push(escapes);
            if end == Ok(Expanded::Done) {
                break;
            }
        }
        assert_eq!(calls, [512, 512, 176]);
        assert_eq!(out, b"");
    }
}
