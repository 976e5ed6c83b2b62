//! Strings: interned byte strings with cached hashes. Equal strings are the same object.
//!
//! A string has two hashes. One finds it among all strings and takes every byte under a seed. The other
//! places it in tables, so that programs see it as the order of `pairs`: that one is Lua 5.1's.

use super::interned::{find, link, make_room};
use crate::heap::{self, NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::Str;
use crate::objects::root::{self, AT};
use crate::value::Value;

/// Longest string, so that header and bytes stay below the largest request.
pub const MAX_LEN: u64 = heap::HUGE - 64;

/// The hash that places a string in tables. Without a seed it is that of Lua 5.1, which takes every byte
/// of a string up to 31 bytes and evenly spread ones of a longer string, from the end; keys that collide
/// are then easily made.
#[inline(always)]
fn table_hash(seed: u64, bytes: &[u8], mark: u32) -> u32 {
    if seed != 0 {
        return mark;
    }
    let step = (bytes.len() >> 5) + 1;
    let start = bytes.len() as u32;
    if step == 1 {
        return bytes.iter().rfold(start, |h, &byte| take_byte(h, byte));
    }
    let spread = bytes.rchunks_exact(step);
    spread.fold(start, |h, chunk| {
        take_byte(h, chunk.last().copied().unwrap_or_default())
    })
}

#[inline(always)]
fn take_byte(h: u32, byte: u8) -> u32 {
    h ^ (h << 5).wrapping_add(h >> 2).wrapping_add(u32::from(byte))
}

/// An odd number with bits all over: the golden ratio's.
const K: u64 = 0x9E37_79B9_7F4A_7C15;

/// What a hash is multiplied by under a seed. Who does not know it cannot tell which bytes make two hashes equal, because both
/// halves of the product count, as in wyhash.
#[inline(always)]
fn key(seed: u64) -> u64 {
    seed ^ K
}

/// Both halves of a product, in one word.
#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    product as u64 ^ (product >> 64) as u64
}

/// Takes eight bytes into a hash.
#[inline(always)]
fn take_word(key: u64, h: u64, bytes: &[u8; 8]) -> u64 {
    fold(h ^ u64::from_le_bytes(*bytes), key)
}

/// Words that are taken at a time from long strings.
const WIDE: usize = 4;

/// Parts of the hash of a long string, which do not wait for each other.
pub(super) type Parts = [u64; WIDE];

/// The parts before any byte is taken.
pub(super) fn first_parts(seed: u64, len: u64) -> Parts {
    let h = start(seed, len);
    [h, !h, h.rotate_left(16), !h.rotate_left(32)]
}

/// Takes bytes into the parts, all but those of an incomplete wide step at the end.
#[inline(never)]
pub(super) fn more_parts(seed: u64, parts: Parts, bytes: &[u8]) -> Parts {
    let key = key(seed);
    let [mut a, mut b, mut c, mut d] = parts;
    let steps: &[[[u8; 8]; WIDE]] = bytes.as_chunks().0.as_chunks().0;
    for [first, second, third, fourth] in steps {
        a = take_word(key, a, first);
        b = take_word(key, b, second);
        c = take_word(key, c, third);
        d = take_word(key, d, fourth);
    }
    [a, b, c, d]
}

/// The hash of a long string of which the parts have taken all that they take.
pub(super) fn hash_of_parts(seed: u64, parts: Parts, bytes: &[u8]) -> u32 {
    let words: &[[u8; 8]] = bytes.as_chunks().0;
    let last = bytes.last_chunk().copied().unwrap_or_default();
    let (key, h) = (key(seed), start(seed, bytes.len() as u64));
    let h = parts.iter().fold(h, |h, part| fold(h ^ part, key));
    let rest = words.as_chunks::<WIDE>().1.iter();
    let h = rest.fold(h, |h, word| take_word(key, h, word));
    end(key, h, u64::from_le_bytes(last))
}

/// Whether a string with these words is long enough for parts.
#[inline(always)]
fn is_wide(words: &[[u8; 8]]) -> bool {
    words.len() >= 4 * WIDE
}

#[inline(always)]
fn start(seed: u64, len: u64) -> u64 {
    seed ^ len.wrapping_mul(K)
}

#[inline(always)]
fn end(key: u64, h: u64, last: u64) -> u32 {
    let h = fold(h ^ last, key);
    (h ^ h >> 32) as u32
}

/// The same from the first byte on.
#[inline(never)]
fn hash_wide(seed: u64, bytes: &[u8]) -> u32 {
    let parts = more_parts(seed, first_parts(seed, bytes.len() as u64), bytes);
    hash_of_parts(seed, parts, bytes)
}

/// The hash of a byte string under a seed: eight bytes a step, all bytes count.
#[inline(always)]
fn hash(seed: u64, bytes: &[u8]) -> u32 {
    let (key, h) = (key(seed), start(seed, bytes.len() as u64));
    let Some(last) = bytes.last_chunk::<8>() else {
        return end(key, h, head(bytes));
    };
    let words = bytes.as_chunks().0;
    if is_wide(words) {
        return hash_wide(seed, bytes);
    }
    // The last bytes, which no step may have taken, and some that one has.
    let words = words.iter();
    let h = words.fold(h, |h, word| take_word(key, h, word));
    end(key, h, u64::from_le_bytes(*last))
}

/// The first eight bytes as one number, zeros for those that are missing. Some are read twice, which is
/// quicker than to gather them one by one.
#[inline(always)]
pub(super) fn head(bytes: &[u8]) -> u64 {
    if let Some(first) = bytes.first_chunk::<8>() {
        return u64::from_le_bytes(*first);
    }
    let len = bytes.len();
    if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        let (first, last) = (u32::from_le_bytes(*first), u32::from_le_bytes(*last));
        return u64::from(first) | u64::from(last) << (8 * (len - 4));
    }
    match *bytes {
        [] => 0,
        [a] => u64::from(a),
        [a, .., c] => {
            let b = bytes.get(len / 2).copied().unwrap_or_default();
            u64::from(a) | u64::from(b) << (8 * (len / 2)) | u64::from(c) << (8 * (len - 1))
        }
    }
}

/// The string of these bytes.
#[inline]
pub fn intern(mem: &mut Mem<'_>, bytes: &[u8]) -> Result<Str, NoMemory> {
    match *bytes {
        [byte] => single(mem, byte),
        _ => search(mem, bytes),
    }
}

/// The string of one byte. The root page keeps those that have been asked for, so that they need not be
/// searched.
pub fn single(mem: &mut Mem<'_>, byte: u8) -> Result<Str, NoMemory> {
    let known = mem.load(root::single(byte));
    if known != 0 {
        return Ok(Str(known));
    }
    let made = search(mem, &[byte])?;
    mem.store(root::single(byte), made.0);
    Ok(made)
}

/// The string of these bytes, found or made.
fn search(mem: &mut Mem<'_>, bytes: &[u8]) -> Result<Str, NoMemory> {
    if bytes.len() as u64 > MAX_LEN {
        return Err(NoMemory);
    }
    let mark = hash(mem.get(AT, root::SEED), bytes);
    if let Some(found) = find(mem, mark, bytes) {
        barrier::found(mem, found);
        return Ok(found);
    }
    let size = u64::from(Str::SIZE) + bytes.len() as u64;
    make_room(mem)?;
    let at = alloc::alloc_object(mem, size, Str::KIND)?;
    mem.bytes_mut(at + Str::SIZE, bytes.len() as u32)
        .copy_from_slice(bytes);
    admit(mem, at, bytes.len() as u32, mark)
}

/// The string of `len` bytes of another one, from its byte `from` (counted from 0) on; cut where that
/// ends. The other one must be reachable, because an allocation may collect.
pub fn part(mem: &mut Mem<'_>, s: Str, from: u32, len: u32) -> Result<Str, NoMemory> {
    let whole = mem.get(s.0, Str::LEN);
    let from = from.min(whole);
    let len = len.min(whole - from);
    if len == whole {
        return Ok(s);
    }
    let place = s.0 + Str::SIZE + from;
    if len == 1 {
        let byte = mem.load(place);
        return single(mem, byte);
    }
    let bytes = mem.bytes(place, len);
    let mark = hash(mem.get(AT, root::SEED), bytes);
    if let Some(found) = find(mem, mark, bytes) {
        barrier::found(mem, found);
        return Ok(found);
    }
    make_room(mem)?;
    let at = alloc::alloc_object(mem, u64::from(Str::SIZE + len), Str::KIND)?;
    mem.copy(place, at + Str::SIZE, len);
    admit(mem, at, len, mark)
}

/// The string made by filling `len` bytes: `fill` writes into the place where it will stay.
pub fn build(
    mem: &mut Mem<'_>,
    len: u64,
    fill: impl FnOnce(&mut Mem<'_>, u32),
) -> Result<Str, NoMemory> {
    if len > MAX_LEN {
        return Err(NoMemory);
    }
    make_room(mem)?;
    let at = alloc::alloc_object(mem, u64::from(Str::SIZE) + len, Str::KIND)?;
    mem.set(at, Str::LEN, len as u32);
    fill(mem, at + Str::SIZE);
    let bytes = mem.bytes(at + Str::SIZE, len as u32);
    let mark = hash(mem.get(AT, root::SEED), bytes);
    admit_or_find(mem, Str(at), mark)
}

/// Makes `s`, of which length, bytes and hash are known, one of the interned strings, or gives the one with its bytes.
#[inline(always)]
pub(super) fn admit_or_find(mem: &mut Mem<'_>, s: Str, mark: u32) -> Result<Str, NoMemory> {
    match find(mem, mark, bytes(mem, s)) {
        Some(found) => {
            barrier::found(mem, found);
            Ok(found)
        }
        None => admit(mem, s.0, len(mem, s), mark),
    }
}

/// Makes the object at `at`, whose bytes are there and are new, one of the interned strings.
fn admit(mem: &mut Mem<'_>, at: u32, len: u32, mark: u32) -> Result<Str, NoMemory> {
    let bytes = mem.bytes(at + Str::SIZE, len);
    let placing = table_hash(mem.get(AT, root::SEED), bytes, mark);
    mem.set(at, Str::HASH, placing);
    mem.set(at, Str::MARK, mark);
    mem.set(at, Str::LEN, len);
    link(mem, Str(at), mark)?;
    Ok(Str(at))
}

/// Whether a string has the hashes that its bytes have.
pub(crate) fn is_hashed(mem: &Mem<'_>, s: Str) -> bool {
    let (seed, bytes) = (mem.get(AT, root::SEED), bytes(mem, s));
    let mark = hash(seed, bytes);
    mem.get(s.0, Str::MARK) == mark && mem.get(s.0, Str::HASH) == table_hash(seed, bytes, mark)
}

/// The bytes of a string.
#[inline]
pub fn bytes<'a>(mem: &'a Mem<'_>, s: Str) -> &'a [u8] {
    mem.bytes(s.0 + Str::SIZE, mem.get(s.0, Str::LEN))
}

/// The bytes of a value that is a string.
pub fn bytes_of<'a>(mem: &'a Mem<'_>, v: Value) -> Option<&'a [u8]> {
    Str::of(v).map(|s| bytes(mem, s))
}

/// Length in bytes.
#[inline]
pub fn len(mem: &Mem<'_>, s: Str) -> u32 {
    mem.get(s.0, Str::LEN)
}
