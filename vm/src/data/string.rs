//! Strings: interned byte strings with cached hashes. Equal strings are the same object.
//!
//! A string has two hashes. One finds it among all strings and takes every byte under a seed. The other
//! places it in tables, so that programs see it as the order of `pairs`: that one is Lua 5.1's.

use crate::heap::{self, NoMemory, alloc};
use crate::host::Mem;
use crate::objects::Str;
use crate::objects::root::{self, AT};
use crate::value::Value;

/// Longest string, so that header and bytes stay below the largest request.
pub const MAX_LEN: u64 = heap::HUGE - 64;

/// The hash that places a string in tables. Without a seed it is that of Lua 5.1, which takes every byte
/// of a string up to 31 bytes and evenly spread ones of a longer string, from the end; keys that collide
/// are then easily made.
fn table_hash(seed: u64, bytes: &[u8], mark: u32) -> u32 {
    if seed != 0 {
        return mark;
    }
    let step = (bytes.len() >> 5) + 1;
    let spread = bytes.rchunks(step).filter(|chunk| chunk.len() == step);
    spread.fold(bytes.len() as u32, |h, chunk| {
        let byte = chunk.last().copied().unwrap_or_default();
        h ^ (h << 5).wrapping_add(h >> 2).wrapping_add(u32::from(byte))
    })
}

/// The hash of a byte string under a seed: eight bytes a step, all bytes count.
fn hash(seed: u64, bytes: &[u8]) -> u32 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut h = seed ^ (bytes.len() as u64).wrapping_mul(K);
    let mut chunks = bytes.chunks_exact(8);
    for chunk in &mut chunks {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        h = (h ^ word).wrapping_mul(K);
        h ^= h >> 29;
    }
    h = (h ^ tail(bytes, chunks.remainder())).wrapping_mul(K);
    (h ^ h >> 32) as u32
}

/// A word of what is behind the last eight bytes of a string; some bytes may be in it twice, which is
/// quicker than to gather them one by one.
#[inline(always)]
fn tail(bytes: &[u8], rest: &[u8]) -> u64 {
    if let Some(last) = bytes.last_chunk::<8>() {
        return u64::from_le_bytes(*last);
    }
    if let (Some(first), Some(last)) = (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
        return u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last));
    }
    match *rest {
        [] => 0,
        [first, ..] => {
            let middle = rest.get(rest.len() / 2).copied().unwrap_or_default();
            let last = rest.last().copied().unwrap_or_default();
            u64::from(first) << 16 | u64::from(middle) << 8 | u64::from(last)
        }
    }
}

/// The string of these bytes.
pub fn intern(mem: &mut Mem<'_>, bytes: &[u8]) -> Result<Str, NoMemory> {
    if bytes.len() as u64 > MAX_LEN {
        return Err(NoMemory);
    }
    let mark = hash(mem.get(AT, root::SEED), bytes);
    if let Some(found) = find(mem, mark, bytes) {
        return Ok(found);
    }
    let size = u64::from(Str::SIZE) + bytes.len() as u64;
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
    let bytes = mem.bytes(place, len);
    let mark = hash(mem.get(AT, root::SEED), bytes);
    if let Some(found) = find(mem, mark, bytes) {
        return Ok(found);
    }
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
    let at = alloc::alloc_object(mem, u64::from(Str::SIZE) + len, Str::KIND)?;
    mem.set(at, Str::LEN, len as u32);
    fill(mem, at + Str::SIZE);
    let bytes = mem.bytes(at + Str::SIZE, len as u32);
    let mark = hash(mem.get(AT, root::SEED), bytes);
    match find(mem, mark, bytes) {
        Some(found) => Ok(found),
        None => admit(mem, at, len as u32, mark),
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

fn find(mem: &Mem<'_>, mark: u32, bytes: &[u8]) -> Option<Str> {
    let mut at = first(mem, mark);
    while at != 0 {
        if mem.get(at, Str::MARK) == mark
            && mem.get(at, Str::LEN) as usize == bytes.len()
            && mem.bytes(at + Str::SIZE, bytes.len() as u32) == bytes
        {
            return Some(Str(at));
        }
        at = mem.get(at, Str::CHAIN);
    }
    None
}

fn first(mem: &Mem<'_>, mark: u32) -> u32 {
    let bucket = mark & mem.get(AT, root::STRING_MASK);
    mem.load(mem.get(AT, root::STRINGS) + bucket * 4)
}

fn link(mem: &mut Mem<'_>, string: Str, mark: u32) -> Result<(), NoMemory> {
    let count = mem.get(AT, root::STRING_COUNT) + 1;
    // Two buckets for each string: a bucket is half a word, and going along a chain costs a cache miss.
    if count > mem.get(AT, root::STRING_MASK) / 2 {
        grow(mem)?;
    }
    let bucket = mem.get(AT, root::STRINGS) + (mark & mem.get(AT, root::STRING_MASK)) * 4;
    let head = mem.load::<u32>(bucket);
    mem.set(string.0, Str::CHAIN, head);
    mem.store(bucket, string.0);
    let count = mem.get(AT, root::STRING_COUNT) + 1;
    mem.set(AT, root::STRING_COUNT, count);
    Ok(())
}

/// Doubles the buckets. The allocation may collect, so the old buckets are read only after it.
fn grow(mem: &mut Mem<'_>) -> Result<(), NoMemory> {
    let old_len = mem.get(AT, root::STRING_MASK) + 1;
    let new_len = old_len * 2;
    let new = alloc::alloc_blob(mem, u64::from(new_len) * 4)?;
    mem.bytes_mut(new, new_len * 4).fill(0);
    let old = mem.get(AT, root::STRINGS);
    for i in 0..old_len {
        let mut at: u32 = mem.load(old + i * 4);
        while at != 0 {
            let next = mem.get(at, Str::CHAIN);
            let bucket = new + (mem.get(at, Str::MARK) & (new_len - 1)) * 4;
            let head = mem.load::<u32>(bucket);
            mem.set(at, Str::CHAIN, head);
            mem.store(bucket, at);
            at = next;
        }
    }
    heap::free_large(mem, old, u64::from(old_len) * 4);
    mem.set(AT, root::STRINGS, new);
    mem.set(AT, root::STRING_MASK, new_len - 1);
    Ok(())
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
