//! Plain substring search, the fast path of `string.find`. No patterns here.

use crate::program::Syntax;

/// Bytes that make `string.find` treat its argument as a pattern (`)` and `]` are not among them), and zero.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let bytes = b"^$*+?.([%-\0";
    let mut i = 0;
    while i < bytes.len() {
        stops[bytes[i] as usize] = true;
        i += 1;
    }
    stops
};

/// Where the first special byte of a pattern is; when it has none, a plain search finds the
/// same. Lua 5.1, as C, only looks at the part before the first zero byte.
pub fn first_special(pattern: &[u8], syntax: Syntax) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = pattern.get(from..)?;
        let gap = rest.iter().position(|&byte| STOPS[usize::from(byte)])?;
        let at = from + gap;
        match (pattern.get(at)?, syntax) {
            (0, Syntax::Lua51) => return None,
            (0, _) => from = at + 1,
            _ => return Some(at),
        }
    }
}

/// How often a needle's first byte may be found for nothing before a search is prepared that does not
/// depend on it.
const PATIENCE: u32 = 8;

/// Where `needle` first occurs in `hay` at or after `from`.
pub fn find_plain(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let Some(&first) = needle.first() else {
        return (from <= hay.len()).then_some(from);
    };
    let mut at = from;
    for _ in 0..PATIENCE {
        let rest = hay.get(at..)?;
        at += memchr::memchr(first, rest)?;
        if hay.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
    find_far(hay, needle, at)
}

/// The same by a search that takes a while to prepare.
#[cold]
#[inline(never)]
fn find_far(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr::memmem::find(hay.get(from..)?, needle)?)
}

/// What [`find_plain`] should be charged, in the matcher's units, when it looked at
/// `scanned` bytes for a needle of `needle` bytes. The search is linear in both.
pub fn plain_cost(scanned: usize, needle: usize) -> u64 {
    1 + (scanned as u64).saturating_add(needle as u64) / 64
}
