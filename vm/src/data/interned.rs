//! All strings of a guest: buckets of chains, by the hash that takes every byte. Must not know how strings are made.
//!
//! When there are too many for the buckets, new ones are allocated, twice as many, but strings move as others are added:
//! each new string divides some of the old buckets. Those that are not divided yet stay where they are, at `OLD_STRINGS`,
//! and have what belongs to the one behind `STRING_LIMIT`, too. So no string waits for many others to move.

use super::string::{bytes, head};
use crate::heap::{self, NoMemory, alloc, phase};
use crate::host::Mem;
use crate::objects::Str;
use crate::objects::root::{self, AT};

/// Buckets that a new string divides. Two would be done when the next growth begins.
const DIVIDED: u32 = 4;

/// The string with these bytes and this hash, if there is one.
#[inline(always)]
pub(super) fn find(mem: &Mem<'_>, mark: u32, wanted: &[u8]) -> Option<Str> {
    let mut at = mem.load::<u32>(bucket(mem, mark));
    if at == 0 {
        return None;
    }
    let (len, first) = (wanted.len() as u32, head(wanted));
    let shown = u64::MAX >> (64 - 8 * len.clamp(1, 8));
    let mut steps = 0;
    while at != 0 {
        if mem.get(at, Str::MARK) == mark
            && mem.get(at, Str::LEN) == len
            && (mem.load::<u64>(at + Str::SIZE) & shown == first || len == 0)
        {
            if len <= 8 || bytes(mem, Str(at)) == wanted {
                break;
            }
            mem.host().note_walk(len / COMPARED);
        }
        at = mem.get(at, Str::CHAIN);
        steps += 1;
    }
    note_passed(mem, steps);
    (at != 0).then_some(Str(at))
}

/// Strings that a search may pass for nothing. Chains get longer only when strings are made to collide, of which those count
/// that are dead and not swept yet.
const LONG_CHAIN: u32 = 16;
/// Strings that are passed for a unit of fuel in longer chains.
const STEPS: u32 = 2;
/// Bytes that are compared for a unit of fuel with those of a string that has the same hash, and turns out to be another one.
const COMPARED: u32 = 64;

/// Notes that so many strings have been passed on the way along a chain.
#[inline(always)]
fn note_passed(mem: &Mem<'_>, strings: u32) {
    if strings >= LONG_CHAIN {
        mem.host().note_walk(strings / STEPS);
    }
}

/// The first string with this hash and length, if there is one.
pub(super) fn first_like(mem: &Mem<'_>, mark: u32, len: u32) -> Option<Str> {
    let mut at = mem.load::<u32>(bucket(mem, mark));
    let mut steps = 0;
    while at != 0 && (mem.get(at, Str::MARK) != mark || mem.get(at, Str::LEN) != len) {
        at = mem.get(at, Str::CHAIN);
        steps += 1;
    }
    note_passed(mem, steps);
    (at != 0).then_some(Str(at))
}

/// The number of the bucket that a string with this hash is in.
pub(crate) fn number(mem: &Mem<'_>, mark: u32) -> u32 {
    let mask = mem.get(AT, root::STRING_MASK);
    match mark & mask {
        number if number < mem.get(AT, root::STRING_LIMIT) => number,
        // Its strings are still where they were when there were half as many buckets.
        number => number & mask >> 1,
    }
}

/// The place of that bucket.
#[inline(always)]
fn bucket(mem: &Mem<'_>, mark: u32) -> u32 {
    let mask = mem.get(AT, root::STRING_MASK);
    let old = mark & mask >> 1;
    match is_divided(mem, old, mask) {
        true => new_place(mem, mark & mask),
        false => old_place(mem, old),
    }
}

/// The place of a bucket by its number.
pub(crate) fn place(mem: &Mem<'_>, number: u32) -> u32 {
    let mask = mem.get(AT, root::STRING_MASK);
    match number > mask >> 1 || is_divided(mem, number, mask) {
        true => new_place(mem, number),
        false => old_place(mem, number),
    }
}

/// Whether a bucket of the lower half is not one of those that wait to be divided.
#[inline(always)]
fn is_divided(mem: &Mem<'_>, old: u32, mask: u32) -> bool {
    old + (mask >> 1) + 1 < mem.get(AT, root::STRING_LIMIT)
}

#[inline(always)]
fn new_place(mem: &Mem<'_>, number: u32) -> u32 {
    mem.get(AT, root::STRINGS).wrapping_add(number * 4)
}

#[inline(always)]
fn old_place(mem: &Mem<'_>, number: u32) -> u32 {
    mem.get(AT, root::OLD_STRINGS).wrapping_add(number * 4)
}

/// Takes the memory that a new string's place among the others may need. Whoever makes one does this before: where there is
/// none, nothing is left of the attempt, which hot code makes once more in cold code.
#[inline(always)]
pub(super) fn make_room(mem: &mut Mem<'_>) -> Result<(), NoMemory> {
    match mem.get(AT, root::STRING_COUNT) >= mem.get(AT, root::STRING_MASK) / 2 {
        true => begin_growth(mem),
        false => Ok(()),
    }
}

/// Adds a string that is in no bucket.
#[inline(always)]
pub(super) fn link(mem: &mut Mem<'_>, string: Str, mark: u32) -> Result<(), NoMemory> {
    let mask = mem.get(AT, root::STRING_MASK);
    // Two buckets for each string: a bucket is half a word, and going along a chain costs a cache miss.
    if mem.get(AT, root::STRING_COUNT) >= mask / 2 || mem.get(AT, root::STRING_LIMIT) <= mask {
        grow(mem)?;
    }
    let bucket = bucket(mem, mark);
    let head = mem.load::<u32>(bucket);
    mem.set(string.0, Str::CHAIN, head);
    mem.store(bucket, string.0);
    let count = mem.get(AT, root::STRING_COUNT) + 1;
    mem.set(AT, root::STRING_COUNT, count);
    Ok(())
}

/// Goes on with a growth, or begins one if that is due.
#[cold]
#[inline(never)]
fn grow(mem: &mut Mem<'_>) -> Result<(), NoMemory> {
    make_room(mem)?;
    divide(mem, DIVIDED);
    Ok(())
}

/// Doubles the buckets, of which none is divided yet. The new ones hold nothing until then.
#[cold]
#[inline(never)]
fn begin_growth(mem: &mut Mem<'_>) -> Result<(), NoMemory> {
    // The last one is over long since, unless a strange snapshot says otherwise.
    divide(mem, u32::MAX);
    let count = mem.get(AT, root::STRING_MASK) + 1;
    let new = alloc::alloc_blob(mem, u64::from(count) * 8)?;
    // The allocation may have collected, but that does not move buckets.
    let old = mem.get(AT, root::STRINGS);
    mem.set(AT, root::OLD_STRINGS, old);
    mem.set(AT, root::STRINGS, new);
    mem.set(AT, root::STRING_MASK, count * 2 - 1);
    Ok(())
}

/// The buckets before a growth that is under way: where they are, and their bytes.
pub(crate) fn old_buckets(mem: &Mem<'_>) -> Option<(u32, u64)> {
    let at = mem.get(AT, root::OLD_STRINGS);
    let count = (mem.get(AT, root::STRING_MASK) >> 1) + 1;
    (at != 0).then(|| (at, u64::from(count) * 4))
}

/// Divides the next `count` buckets of those that are not divided. What a sweep under way takes for dead is left out,
/// so that it need not come to the new buckets.
fn divide(mem: &mut Mem<'_>, count: u32) {
    let mask = mem.get(AT, root::STRING_MASK);
    let from = mem.get(AT, root::STRING_LIMIT);
    let to = from.saturating_add(count).min(mask + 1);
    let is_swept = mem.get(AT, root::PHASE) == phase::SWEEP;
    for new in from..to {
        let old = new & mask >> 1;
        if is_swept {
            unlink_if(mem, old, |mem, s| !heap::mark::is_marked(mem, s.0));
        }
        let (mut stays, mut moves) = (0, 0);
        let mut at: u32 = mem.load(old_place(mem, old));
        while at != 0 {
            let next = mem.get(at, Str::CHAIN);
            let chain = match mem.get(at, Str::MARK) & mask == new {
                true => &mut moves,
                false => &mut stays,
            };
            mem.set(at, Str::CHAIN, *chain);
            *chain = at;
            at = next;
        }
        mem.store(new_place(mem, old), stays);
        mem.store(new_place(mem, new), moves);
    }
    mem.set(AT, root::STRING_LIMIT, to);
    if to > mask
        && let Some((old, size)) = old_buckets(mem)
    {
        mem.set(AT, root::OLD_STRINGS, 0);
        heap::free_large(mem, old, size);
    }
}

/// Takes the strings of a bucket that are `dead` out of it.
pub(crate) fn unlink_if(mem: &mut Mem<'_>, number: u32, dead: impl Fn(&Mem<'_>, Str) -> bool) {
    let bucket = place(mem, number);
    let mut previous = None;
    let mut gone = 0;
    let mut at: u32 = mem.load(bucket);
    while at != 0 {
        let next = mem.get(at, Str::CHAIN);
        if !dead(mem, Str(at)) {
            previous = Some(at);
        } else {
            gone += 1;
            match previous {
                Some(previous) => mem.set(previous, Str::CHAIN, next),
                None => mem.store(bucket, next),
            }
        }
        at = next;
    }
    if gone > 0 {
        let count = mem.get(AT, root::STRING_COUNT).saturating_sub(gone);
        mem.set(AT, root::STRING_COUNT, count);
    }
}
