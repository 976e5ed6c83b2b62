//! Plain substring search, the fast path of `string.find`. No patterns here.

/// Bytes that make `string.find` treat its argument as a pattern; `)` and `]` are not
/// among them.
const SPECIAL: &[u8] = b"^$*+?.([%-";

/// Says whether a pattern has no special byte, so that a plain search finds the same.
/// As in C, only the part before the first zero byte is looked at.
pub fn is_plain(pattern: &[u8]) -> bool {
    !pattern
        .iter()
        .take_while(|&&byte| byte != 0)
        .any(|byte| SPECIAL.contains(byte))
}

/// Where `needle` first occurs in `hay` at or after `from`.
pub fn find_plain(hay: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let rest = hay.get(from..)?;
    let at = match needle {
        [] => Some(0),
        [byte] => memchr::memchr(*byte, rest),
        _ => memchr::memmem::find(rest, needle),
    }?;
    Some(from + at)
}

/// What [`find_plain`] should be charged, in the matcher's units, when it looked at
/// `scanned` bytes for a needle of `needle` bytes. The search is linear in both.
pub fn plain_cost(scanned: usize, needle: usize) -> u64 {
    1 + (scanned as u64).saturating_add(needle as u64) / 64
}
