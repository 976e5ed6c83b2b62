//! The long string that a native or an instruction makes in portions: it may pause between them, and nothing else of the guest runs
//! until it goes on. So there is one at most, and the root page says how far it is. Must not know what fills it.
//!
//! It is no string yet: no value refers to it, and the table of strings does not have it.

use super::interned;
use super::string::{self, MAX_LEN, Parts};
use crate::heap::{NoMemory, alloc, barrier};
use crate::host::Mem;
use crate::objects::Str;
use crate::objects::root::{self, AT};

/// Bytes that are made at a time. Longer strings are made in portions.
pub const PORTION: u32 = 8192;
/// Bytes that are compared at a time.
pub const COMPARED_PORTION: u32 = 4 * PORTION;
/// Bytes compared for a unit.
const COMPARED_BYTES: u32 = 256;

/// Begins a string of `len` bytes. One that was begun before is dropped.
///
/// # Errors
/// There is no room for it.
pub fn begin(mem: &mut Mem<'_>, len: u64) -> Result<(), NoMemory> {
    if len > MAX_LEN {
        return Err(NoMemory);
    }
    let at = alloc::alloc_object(mem, u64::from(Str::SIZE) + len, Str::KIND)?;
    for field in [Str::MARK, Str::HASH, Str::CHAIN] {
        mem.set(at, field, 0);
    }
    mem.set(at, Str::LEN, len as u32);
    mem.set(AT, root::UNFINISHED, at);
    for field in [root::FINISHED, root::COMPARED, root::TWIN] {
        mem.set(AT, field, 0);
    }
    let parts = string::first_parts(mem.get(AT, root::SEED), len);
    set_parts(mem, parts);
    Ok(())
}

/// How many bytes there are, and how many there are to be; `None` when nothing has been begun.
pub fn progress(mem: &Mem<'_>) -> Option<(u32, u32)> {
    let at = mem.get(AT, root::UNFINISHED);
    (at != 0).then(|| (mem.get(AT, root::FINISHED), mem.get(at, Str::LEN)))
}

/// Makes the next `count` bytes, a portion or what is left: `fill` gets where the string's first byte is.
pub fn go_on(mem: &mut Mem<'_>, count: u32, fill: impl FnOnce(&mut Mem<'_>, u32)) {
    let first = mem.get(AT, root::UNFINISHED) + Str::SIZE;
    let done = mem.get(AT, root::FINISHED);
    fill(mem, first);
    let seed = mem.get(AT, root::SEED);
    let parts = string::more_parts(seed, parts(mem), mem.bytes(first + done, count));
    set_parts(mem, parts);
    mem.set(AT, root::FINISHED, done + count);
}

/// Compares the next bytes of what is complete with those of the string that may be the same one; tells how many units
/// that is, `None` when all are compared. It is paid for whether there is such a string or not: one that is dead and
/// not swept yet counts, and fuel must not depend on the collector.
pub fn compare(mem: &mut Mem<'_>) -> Option<u64> {
    let s = Str(mem.get(AT, root::UNFINISHED));
    let (from, len) = (mem.get(AT, root::COMPARED), string::len(mem, s));
    if from >= len {
        return None;
    }
    let to = len.min(from.saturating_add(COMPARED_PORTION));
    let bytes = |s: Str| mem.bytes(s.0 + Str::SIZE + from, to - from);
    let twin = interned::first_like(mem, mark(mem, s), len)
        .filter(|twin| from == 0 || mem.get(AT, root::TWIN) == twin.0)
        .filter(|twin| bytes(*twin) == bytes(s));
    mem.set(AT, root::TWIN, twin.map_or(0, |twin| twin.0));
    mem.set(AT, root::COMPARED, to);
    Some(u64::from(to / COMPARED_BYTES - from / COMPARED_BYTES))
}

/// What comparing a string of `len` bytes costs.
pub fn price_of_comparing(len: u64) -> u64 {
    len / u64::from(COMPARED_BYTES)
}

/// Makes a string of what is complete and compared, or gives the one that has the same bytes.
///
/// # Errors
/// The table of strings would have to grow and cannot.
pub fn finish(mem: &mut Mem<'_>) -> Result<Str, NoMemory> {
    let s = Str(mem.get(AT, root::UNFINISHED));
    let mark = mark(mem, s);
    let first = interned::first_like(mem, mark, string::len(mem, s));
    let made = match first.filter(|first| first.0 == mem.get(AT, root::TWIN)) {
        Some(twin) => {
            barrier::found(mem, twin);
            Ok(twin)
        }
        // There is none, but for strings that were made to have the same hash.
        None => string::admit_or_find(mem, s, mark),
    };
    forget(mem);
    made
}

/// The hash of what is complete.
fn mark(mem: &Mem<'_>, s: Str) -> u32 {
    string::hash_of_parts(mem.get(AT, root::SEED), parts(mem), string::bytes(mem, s))
}

/// Drops what has been begun.
pub fn forget(mem: &mut Mem<'_>) {
    mem.set(AT, root::UNFINISHED, 0);
    mem.set(AT, root::FINISHED, 0);
    mem.set(AT, root::COMPARED, 0);
    mem.set(AT, root::TWIN, 0);
    mem.set(AT, root::GROWN_WHEN, 0);
    set_parts(mem, Parts::default());
}

/// Whether the root page says of the unfinished string what its bytes say.
pub(crate) fn is_sound(mem: &Mem<'_>) -> bool {
    let Some((done, len)) = progress(mem) else {
        return mem.get(AT, root::COMPARED) == 0 && mem.get(AT, root::TWIN) == 0;
    };
    let compared = mem.get(AT, root::COMPARED);
    let first = mem.get(AT, root::UNFINISHED) + Str::SIZE;
    let seed = mem.get(AT, root::SEED);
    let begun = string::first_parts(seed, u64::from(len));
    u64::from(len) <= MAX_LEN
        && len > PORTION
        && (done < len && done.is_multiple_of(PORTION) && compared == 0 || done == len)
        && (compared.is_multiple_of(COMPARED_PORTION) && compared < len || compared == len)
        && string::more_parts(seed, begun, mem.bytes(first, done)) == parts(mem)
}

fn parts(mem: &Mem<'_>) -> Parts {
    root::FINISHED_HASH.map(|field| mem.get(AT, field))
}

fn set_parts(mem: &mut Mem<'_>, parts: Parts) {
    for (field, part) in root::FINISHED_HASH.into_iter().zip(parts) {
        mem.set(AT, field, part);
    }
}
