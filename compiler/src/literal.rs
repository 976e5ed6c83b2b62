//! Names, strings and comments: the scanners that logos calls, and what they share with those of numerals. They know bytes and
//! lines, not the pool and not the parser.

use std::ops::Range;

use bvm_isa::Dialect;
use bvm_isa::pace::{Stage, Stopped};
use logos::{Lexer, Skip};

use crate::pool::{PIECE, Sym};
use crate::token::Token;

/// What the scanners remember between tokens.
#[derive(Debug, Clone)]
pub struct Scan<'a> {
    /// Its steps are bytes of the source.
    stage: &'a Stage<'a>,
    /// Line breaks met so far.
    breaks: u32,
    /// Whether the dialect has more than 5.1.
    pub additions: bool,
    /// Where the contents of the last string are.
    pub contents: Contents,
    /// Contents of the last string when they differ from the source.
    pub decoded: Vec<u8>,
    /// Where the contents of the string in quotes begin that is read.
    start: usize,
}

/// Where the contents of a string literal are.
#[derive(Debug, Default, Clone)]
pub enum Contents {
    /// In [`Scan::decoded`].
    #[default]
    Decoded,
    /// In the source, as they are.
    Source(Range<usize>),
}

impl<'a> Scan<'a> {
    /// At the first line of a source.
    pub fn new(dialect: Dialect, stage: &'a Stage<'a>) -> Scan<'a> {
        Scan {
            stage,
            breaks: 0,
            additions: dialect.has_additions(),
            contents: Contents::default(),
            decoded: Vec::new(),
            start: 0,
        }
    }

    /// Says that the byte at `place` is next, and waits if it may not be read yet.
    #[inline]
    pub fn reach(&self, place: usize) -> Result<(), LexError> {
        self.stage
            .reach(place)
            .map_err(|Stopped| LexFault::stopped())
    }

    /// What interning `len` bytes that end at `end` is told to say. Reading them was the first half of the way, and what
    /// may have been done about them in between an eighth.
    pub fn second_half(&self, end: usize, len: usize) -> impl Fn(usize) -> Result<(), LexError> {
        move |done| self.reach(end.saturating_sub(len * 3 / 8) + done * 3 / 16)
    }

    /// How many bytes of `text` come before one that `stops`. It stands at `place` in the source. `take` gets them piece by
    /// piece. They are half the way for those that are looked at once more.
    #[inline]
    pub fn read_until(
        &self,
        text: &[u8],
        place: usize,
        stops: impl Fn(u8) -> bool,
        mut take: impl FnMut(&[u8]),
    ) -> Result<usize, LexError> {
        let mut done = 0;
        for piece in text.chunks(PIECE) {
            self.reach(place + done / 2)?;
            let plain = piece.iter().position(|&b| stops(b));
            let plain = piece.get(..plain.unwrap_or(piece.len())).unwrap_or(piece);
            take(plain);
            done += plain.len();
            if plain.len() < piece.len() {
                break;
            }
        }
        Ok(done)
    }

    /// The same in a string in quotes, behind `at` bytes of it; an error is that of its escape sequences.
    fn read_at(
        &self,
        at: usize,
        text: &[u8],
        stops: impl Fn(u8) -> bool,
        take: impl FnMut(&[u8]),
    ) -> Result<usize, (usize, &'static str)> {
        let read = self.read_until(text, self.start + at / 2, stops, take);
        read.map_err(|_| (at, ""))
    }

    /// The line being read, from 1.
    pub fn line(&self) -> u32 {
        self.breaks.saturating_add(1)
    }

    /// Counts a line break.
    pub fn next_line(&mut self) {
        self.breaks = self.breaks.saturating_add(1);
    }
}

/// A token that cannot be read. Boxed, so that a token that can be is small.
pub type LexError = Box<LexFault>;

/// What is wrong with a token.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LexFault {
    /// The complaint.
    pub what: &'static str,
    /// What it is near; `None` is the end of the source.
    pub near: Option<Vec<u8>>,
}

impl LexFault {
    fn at_end(what: &'static str) -> LexError {
        Box::new(LexFault { what, near: None })
    }

    /// Nobody wants the tokens any more.
    #[cold]
    pub fn stopped() -> LexError {
        LexFault::at_end("stopped")
    }

    pub fn near(what: &'static str, near: &[u8]) -> LexError {
        let near = Some(shown(near).to_vec());
        Box::new(LexFault { what, near })
    }
}

/// Most bytes of a token that a message shows: nobody reads more, and megabytes would have to be copied in one piece.
pub const MOST_SHOWN: usize = 4096;

/// As much of a token as a message needs: a byte more than it shows tells that there is more.
pub fn shown(token: &[u8]) -> &[u8] {
    token.get(..=MOST_SHOWN).unwrap_or(token)
}

/// What logos gives its scanners.
pub type Lex<'s> = Lexer<'s, Token>;

/// Blanks, of which the first is already taken. Mostly it is the only one.
pub fn blanks(lex: &mut Lex<'_>) -> Result<Skip, LexError> {
    take_until(lex, |b| !is_blank(b))?;
    Ok(Skip)
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 11 | 12)
}

/// A name, of which the first letter is already taken.
pub fn name(lex: &mut Lex<'_>) -> Result<Sym, LexError> {
    take_until(lex, |b| !is_word(b))?;
    Ok(Sym::default())
}

/// Whether a byte may be in a name.
pub fn is_word(byte: u8) -> bool {
    const WORDS: [bool; 256] = {
        let mut words = [false; 256];
        let mut byte = 0;
        while byte < words.len() {
            words[byte] = (byte as u8).is_ascii_alphanumeric() || byte as u8 == b'_';
            byte += 1;
        }
        words
    };
    WORDS[usize::from(byte)]
}

/// Bytes that tokens mostly end within.
const FEW: usize = 24;

/// Adds what comes before a byte that `stops` to the token.
#[inline(always)]
pub fn take_until(lex: &mut Lex<'_>, stops: impl Fn(u8) -> bool) -> Result<(), LexError> {
    let rest = lex.remainder();
    let few = rest.get(..FEW).unwrap_or(rest);
    let count = match few.iter().position(|&b| stops(b)) {
        Some(count) => count,
        // That is the end. Going as far as there would let what comes before it go as far.
        None if rest.len() <= FEW => rest.len(),
        None => lex.extras.read_until(rest, lex.span().end, stops, |_| {})?,
    };
    if count > 0 {
        lex.bump(count);
    }
    Ok(())
}

/// A string in quotes; the first quote is already taken.
pub fn short_string(lex: &mut Lex<'_>) -> Result<Sym, LexError> {
    let quote = lex.slice().first().copied().unwrap_or(b'"');
    let (rest, start) = (lex.remainder(), lex.span().end);
    let is_special = |b| b == quote || matches!(b, b'\\' | b'\n' | b'\r');
    let plain = lex.extras.read_until(rest, start, is_special, |_| {})?;
    if rest.get(plain) == Some(&quote) {
        lex.extras.contents = Contents::Source(start..start + plain);
        lex.bump(plain + 1);
        return Ok(Sym::default());
    }
    let mut text = std::mem::take(&mut lex.extras.decoded);
    text.clear();
    lex.extras.start = start;
    let outcome = escaped_string(rest, quote, &mut text, &mut lex.extras);
    let fault = match outcome {
        Ok(used) => {
            lex.bump(used);
            None
        }
        Err((_, "")) => Some(LexFault::at_end("unfinished string")),
        Err((used, what)) => {
            lex.bump(used);
            Some(LexFault::near(what, &[&[quote], shown(&text)].concat()))
        }
    };
    lex.extras.decoded = text;
    lex.extras.contents = Contents::Decoded;
    fault.map_or(Ok(Sym::default()), Err)
}

/// Decodes up to the closing quote and gives the bytes used; on error the bytes used and the
/// complaint, which is empty at the end of the source, and when it is to stop.
fn escaped_string(
    rest: &[u8],
    quote: u8,
    text: &mut Vec<u8>,
    scan: &mut Scan<'_>,
) -> Result<usize, (usize, &'static str)> {
    let is_special = |b| b == quote || matches!(b, b'\\' | b'\n' | b'\r');
    let mut at = 0;
    loop {
        let ahead = rest.get(at..).unwrap_or_default();
        let copy = |plain: &[u8]| text.extend_from_slice(plain);
        at += scan.read_at(at, ahead, is_special, copy)?;
        match rest.get(at) {
            None => return Err((at, "")),
            Some(&b) if b == quote => return Ok(at + 1),
            Some(b'\n' | b'\r') => return Err((at, "unfinished string")),
            Some(_) => at = escape(rest, at + 1, text, scan)?,
        }
    }
}

/// One escape sequence; `at` is behind the backslash, the result behind the sequence.
fn escape(
    rest: &[u8],
    at: usize,
    text: &mut Vec<u8>,
    scan: &mut Scan<'_>,
) -> Result<usize, (usize, &'static str)> {
    let Some(&b) = rest.get(at) else {
        return Err((at, ""));
    };
    let byte = match b {
        b'a' => 7,
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' => 11,
        b'\n' | b'\r' => {
            scan.next_line();
            text.push(b'\n');
            return Ok(at + break_len(rest, at));
        }
        b'0'..=b'9' => return decimal_escape(rest, at, text),
        b'x' | b'z' | b'u' if scan.additions => return added_escape(rest, at, text, scan),
        other => other,
    };
    text.push(byte);
    Ok(at + 1)
}

fn decimal_escape(
    rest: &[u8],
    at: usize,
    text: &mut Vec<u8>,
) -> Result<usize, (usize, &'static str)> {
    let digits = rest.iter().skip(at).take(3);
    let digits = digits.take_while(|b| b.is_ascii_digit());
    let (used, value) = digits.fold((0, 0u32), |(used, value), digit| {
        (used + 1, value * 10 + u32::from(digit - b'0'))
    });
    match u8::try_from(value) {
        Ok(byte) => {
            text.push(byte);
            Ok(at + used)
        }
        Err(_) => Err((at + used, "escape sequence too large")),
    }
}

/// `\x41`, `\z` and `\u{1F600}`, which are additions: in 5.1 each is the letter behind the
/// backslash. A malformed one still is, so `"\xg"` and `"\u00e9"` mean what they always meant.
fn added_escape(
    rest: &[u8],
    at: usize,
    text: &mut Vec<u8>,
    scan: &mut Scan<'_>,
) -> Result<usize, (usize, &'static str)> {
    let letter = rest.get(at).copied().unwrap_or(b'z');
    let behind = rest.get(at + 1..).unwrap_or_default();
    match (letter, behind) {
        (b'z', _) => return skip_space(rest, at + 1, scan),
        (b'x', [high, low, ..]) if let (Some(high), Some(low)) = (hex(*high), hex(*low)) => {
            text.push((high * 16 + low) as u8);
            return Ok(at + 3);
        }
        (b'u', [b'{', digits @ ..]) => {
            let count = scan.read_at(at, digits, |b| hex(b).is_none(), |_| {})?;
            if count > 0 && digits.get(count) == Some(&b'}') {
                let digits = digits.get(..count).unwrap_or_default();
                let end = at + count + 3;
                let character = code_point(digits).ok_or((end, "invalid escape sequence"))?;
                text.extend(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(end);
            }
        }
        _ => {}
    }
    text.push(letter);
    Ok(at + 1)
}

/// The value of a hexadecimal digit.
fn hex(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// The character of a number in hexadecimal digits. As in LuaJIT it ends at 10FFFF and has no
/// surrogates.
fn code_point(digits: &[u8]) -> Option<char> {
    let digits = digits.iter().filter_map(|&b| hex(b));
    let number = digits.fold(0u32, |sum, digit| {
        sum.saturating_mul(16).saturating_add(digit)
    });
    char::from_u32(number)
}

/// The first place from `at` on that is no white space.
fn skip_space(
    text: &[u8],
    mut at: usize,
    scan: &mut Scan<'_>,
) -> Result<usize, (usize, &'static str)> {
    loop {
        let ahead = text.get(at..).unwrap_or_default();
        at += scan.read_at(at, ahead, |b| !is_blank(b), |_| {})?;
        match text.get(at) {
            Some(b'\n' | b'\r') => {
                scan.next_line();
                at += break_len(text, at);
            }
            _ => return Ok(at),
        }
    }
}

/// Length of the line break at `at`: the pairs CR LF and LF CR are one break.
fn break_len(text: &[u8], at: usize) -> usize {
    match (text.get(at), text.get(at + 1)) {
        (Some(b'\r'), Some(b'\n')) | (Some(b'\n'), Some(b'\r')) => 2,
        _ => 1,
    }
}

/// A long string; its opening bracket is already taken.
pub fn long_string(lex: &mut Lex<'_>) -> Result<Sym, LexError> {
    let level = lex.slice().len().saturating_sub(2);
    long_bracket(lex, level, "unfinished long string")?;
    Ok(Sym::default())
}

/// A long string, of which the first bracket and a sign are already taken. Without a second bracket it is none.
pub fn leveled_string(lex: &mut Lex<'_>) -> Result<Sym, LexError> {
    take_until(lex, |b| b != b'=')?;
    if lex.remainder().first() != Some(&b'[') {
        return Err(LexFault::near("invalid long string delimiter", lex.slice()));
    }
    lex.bump(1);
    long_string(lex)
}

/// A comment; its two dashes are already taken.
pub fn comment(lex: &mut Lex<'_>) -> Result<Skip, LexError> {
    let rest = lex.remainder();
    if rest.first() == Some(&b'[') {
        let signs = rest.get(1..).unwrap_or_default();
        let level = lex
            .extras
            .read_until(signs, lex.span().end, |b| b != b'=', |_| {})?;
        if rest.get(level + 1) == Some(&b'[') {
            lex.bump(level + 2);
            long_bracket(lex, level, "unfinished long comment")?;
            return Ok(Skip);
        }
    }
    let is_break = |b| matches!(b, b'\n' | b'\r');
    let end = lex
        .extras
        .read_until(rest, lex.span().end, is_break, |_| {})?;
    lex.bump(end);
    Ok(Skip)
}

/// Reads up to the closing bracket and notes where the contents are.
fn long_bracket(lex: &mut Lex<'_>, level: usize, unfinished: &'static str) -> Result<(), LexError> {
    let rest = lex.remainder();
    let base = lex.source().len() - rest.len();
    let start = match rest.first() {
        Some(b'\n' | b'\r') => {
            lex.extras.next_line();
            break_len(rest, 0)
        }
        _ => 0,
    };
    let mut at = start;
    let mut converted = false;
    loop {
        let ahead = rest.get(at..).unwrap_or_default();
        let is_special = |b| matches!(b, b'\n' | b'\r' | b'[' | b']');
        at += lex
            .extras
            .read_until(ahead, base + at / 2, is_special, |_| {})?;
        match rest.get(at) {
            None => {
                lex.bump(rest.len());
                return Err(LexFault::at_end(unfinished));
            }
            Some(b'\n' | b'\r') => {
                lex.extras.next_line();
                let len = break_len(rest, at);
                converted |= len == 2 || rest.get(at) == Some(&b'\r');
                at += len;
            }
            Some(&b @ (b'[' | b']')) => {
                let ahead = rest.get(at + 1..).unwrap_or_default();
                let signs = lex
                    .extras
                    .read_until(ahead, base + at / 2, |c| c != b'=', |_| {})?;
                let closes = signs == level && rest.get(at + 1 + signs) == Some(&b);
                if closes && b == b']' {
                    break;
                }
                if closes && level == 0 {
                    lex.bump(at + 2);
                    return Err(LexFault::near("nesting of [[...]] is deprecated", b"["));
                }
                at += 1 + signs;
            }
            Some(_) => at += 1,
        }
    }
    let raw = rest.get(start..at).unwrap_or_default();
    lex.bump(at + level + 2);
    if converted {
        convert_breaks(raw, lex)?;
        lex.extras.contents = Contents::Decoded;
    } else {
        lex.extras.contents = Contents::Source(base + start..base + at);
    }
    Ok(())
}

/// Copies with every line break written as LF.
fn convert_breaks(raw: &[u8], lex: &mut Lex<'_>) -> Result<(), LexError> {
    let (mut into, end) = (std::mem::take(&mut lex.extras.decoded), lex.span().end);
    into.clear();
    let (mut at, mut piece) = (0, 0);
    while let Some(&b) = raw.get(at) {
        if at >= piece {
            // Reading it was the first half of the way, and interning it is the rest.
            lex.extras
                .reach(end.saturating_sub(raw.len() / 2) + at / 8)?;
            piece = at + PIECE;
        }
        let is_break = matches!(b, b'\n' | b'\r');
        into.push(if is_break { b'\n' } else { b });
        at += if is_break { break_len(raw, at) } else { 1 };
    }
    lex.extras.decoded = into;
    Ok(())
}
