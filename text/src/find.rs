//! Plain substring search, the fast path of `string.find`. No patterns here.

use crate::program::Syntax;
use memchr::arch::all::packedpair::Pair;

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
    find_patiently(hay, needle, from).unwrap_or_else(|at| find_far(hay, needle, at))
}

/// The same, and what that took beyond [`plain_cost`].
#[inline]
pub fn find_plain_paid(hay: &[u8], needle: &[u8], from: usize) -> (Option<usize>, u64) {
    match find_patiently(hay, needle, from) {
        Ok(found) => (found, 0),
        Err(at) => find_far_paid(hay, needle, at),
    }
}

/// The same as [`find_plain`] where the needle's first byte is rare; otherwise how far that has come.
#[inline]
fn find_patiently(hay: &[u8], needle: &[u8], from: usize) -> Result<Option<usize>, usize> {
    let Some(&first) = needle.first() else {
        return Ok((from <= hay.len()).then_some(from));
    };
    let mut at = from;
    for _ in 0..PATIENCE {
        let Some(rest) = hay.get(at..) else {
            return Ok(None);
        };
        let Some(gap) = memchr::memchr(first, rest) else {
            return Ok(None);
        };
        at += gap;
        if hay.get(at..).is_some_and(|rest| rest.starts_with(needle)) {
            return Ok(Some(at));
        }
        at += 1;
    }
    Err(at)
}

/// The same by a search that takes a while to prepare.
#[cold]
#[inline(never)]
fn find_far(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    Some(from + memchr::memmem::find(hay.get(from..)?, needle)?)
}

#[cold]
#[inline(never)]
fn find_far_paid(hay: &[u8], needle: &[u8], from: usize) -> (Option<usize>, u64) {
    let found = find_far(hay, needle, from);
    let end = found.map_or(hay.len(), |at| at + needle.len());
    let seen = hay.get(from..end).unwrap_or_default();
    (found, cost_of_places(seen, needle))
}

/// Longest needle that `memmem` compares with each place where two of its bytes are. Of longer ones it walks through
/// the text once such places are frequent.
const SHORT: usize = 32;
/// So many places are frequent: `memmem` itself takes 50 for it.
const FREQUENT: usize = 32;

/// Units for the places in `seen` where the two rarest bytes of a needle are: there `memmem` looks closer.
fn cost_of_places(seen: &[u8], needle: &[u8]) -> u64 {
    let len = needle.len();
    let places = places(seen, needle);
    let units = match len {
        0..=SHORT => places / 2,
        _ if places >= FREQUENT => seen.len() / 8,
        _ => (places * (1 + len / SHORT)).min(seen.len() / 8),
    };
    units as u64
}

/// How many places there are where `memmem` compares: those that have both of the bytes that it takes for the rarest.
fn places(seen: &[u8], needle: &[u8]) -> usize {
    let Some(pair) = Pair::new(needle) else {
        return 0;
    };
    let count = (seen.len() + 1).saturating_sub(needle.len());
    let all_at = |index: u8| {
        let byte = needle.get(usize::from(index)).copied();
        let bytes = seen.get(usize::from(index)..).unwrap_or_default();
        let bytes = bytes.get(..count).unwrap_or_default();
        (byte.unwrap_or_default(), bytes.chunks(BATCH))
    };
    let ((first, firsts), (second, seconds)) = (all_at(pair.index1()), all_at(pair.index2()));
    let batches = firsts.zip(seconds).map(|(firsts, seconds)| {
        let both = firsts.iter().zip(seconds);
        let both = both.map(|(&a, &b)| u8::from((a == first) & (b == second)));
        usize::from(both.sum::<u8>())
    });
    batches.sum()
}

/// Places that a byte can count.
const BATCH: usize = 240;

/// What [`find_plain`] should be charged, in the matcher's units, when it looked at
/// `scanned` bytes for a needle of `needle` bytes, but for what is hard about them.
pub fn plain_cost(scanned: usize, needle: usize) -> u64 {
    1 + (scanned as u64).saturating_add(needle as u64) / 64
}
