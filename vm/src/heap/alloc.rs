//! Allocation: bump through holes, whole blocks for large objects, the memory limit.
//! Must not mark or sweep.

use super::{
    BLOCK, HUGE, LARGE, LINE, LINES_PER_BLOCK, NoMemory, behind, collect, limit, line, owner,
    phase, state,
};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use bvm_cage::Field;
use memchr::memchr;
use std::ops::Range;

/// Gives `size` bytes, 16-aligned, with any content. May collect when the memory limit is near.
#[inline]
pub fn alloc(mem: &mut Mem<'_>, size: u64) -> Result<u32, NoMemory> {
    if size > u64::from(LARGE) {
        return large(mem, size);
    }
    let size = (size as u32 + 15) & !15;
    let at = mem.get(AT, root::CURSOR);
    let end = at.wrapping_add(size);
    if end <= mem.get(AT, root::LIMIT) {
        mem.set(AT, root::CURSOR, end);
        return Ok(at);
    }
    slow(mem, size)
}

/// Like [`alloc`], for an object: keeps it alive until what makes it is done.
#[inline]
pub fn alloc_object(mem: &mut Mem<'_>, size: u64, kind: u8) -> Result<u32, NoMemory> {
    let at = alloc(mem, size)?;
    mem.store::<u32>(at, u32::from(kind));
    let count = mem.get(AT, root::FRESH_COUNT);
    let slot = count % root::FRESH_LEN;
    mem.store::<u32>(AT + u32::from(root::FRESH) + slot * 4, at);
    mem.set(AT, root::FRESH_COUNT, count.wrapping_add(1));
    Ok(at)
}

/// Like [`alloc`], for a part of an object that does not hold it yet: keeps it until what makes it is done.
pub fn alloc_blob(mem: &mut Mem<'_>, size: u64) -> Result<u32, NoMemory> {
    let at = alloc(mem, size)?;
    note_blob(mem, at, size);
    Ok(at)
}

/// Like [`alloc_blob`], for the stack of a thread, which may get longer: a large one lies behind all others, if there is
/// room.
pub fn alloc_stack(mem: &mut Mem<'_>, size: u64) -> Result<u32, NoMemory> {
    let is_large = size > u64::from(LARGE) && mem.get(AT, root::FAIL_IN) == 0;
    let last = |mem: &mut Mem<'_>| take(mem, blocks_of(size), state::LARGE_HEAD, find_last);
    let Some(at) = is_large.then(|| last(mem)).flatten() else {
        return alloc_blob(mem, size);
    };
    let given = mem.get(AT, root::GIVEN) + size;
    mem.set(AT, root::GIVEN, given);
    note_blob(mem, at, size);
    Ok(at)
}

fn note_blob(mem: &mut Mem<'_>, at: u32, size: u64) {
    let count = mem.get(AT, root::BLOB_COUNT);
    let slot = count % root::BLOBS_LEN;
    let entry = AT + u32::from(root::BLOBS) + slot * 8;
    mem.store(entry, at);
    mem.store(entry + 4, size as u32);
    mem.set(AT, root::BLOB_COUNT, count.wrapping_add(1));
}

/// Bytes in use: alive after the last collection plus all given out since.
pub fn in_use(mem: &Mem<'_>) -> u64 {
    mem.get(AT, root::LIVE) + grown(mem)
}

/// Bytes given out since the last collection.
pub fn grown(mem: &Mem<'_>) -> u64 {
    let hole = mem
        .get(AT, root::CURSOR)
        .wrapping_sub(mem.get(AT, root::HOLE));
    let hole2 = mem
        .get(AT, root::CURSOR2)
        .wrapping_sub(mem.get(AT, root::HOLE2));
    mem.get(AT, root::GIVEN) + u64::from(hole) + u64::from(hole2)
}

/// For tests: lets the allocation number `count`, from 1, fail, and none after it; 0 takes that back. Until then
/// the current hole looks full, so that every allocation comes by the slow way.
pub fn fail_in(mem: &mut Mem<'_>, count: u32) {
    if mem.get(AT, root::FAIL_IN) != 0 {
        let end = mem.get(AT, root::HOLE_END);
        mem.set(AT, root::LIMIT, end);
    }
    mem.set(AT, root::FAIL_IN, count);
    if count != 0 {
        let cursor = mem.get(AT, root::CURSOR);
        mem.set(AT, root::LIMIT, cursor);
    }
}

/// An allocation while they are counted.
#[cold]
fn counted(mem: &mut Mem<'_>, size: u64) -> Result<u32, NoMemory> {
    let left = mem.get(AT, root::FAIL_IN) - 1;
    fail_in(mem, 0);
    if left == 0 {
        return Err(NoMemory);
    }
    let made = alloc(mem, size);
    fail_in(mem, left);
    made
}

#[cold]
fn slow(mem: &mut Mem<'_>, size: u32) -> Result<u32, NoMemory> {
    if mem.get(AT, root::FAIL_IN) != 0 {
        return counted(mem, u64::from(size));
    }
    let mut made = refill(mem, size);
    if made.is_none() && limit::lend(mem, 1) {
        made = refill(mem, size);
    }
    if made.is_none() && !limit::can_wait(mem) && !limit::waits_in_vain(mem) {
        limit::collect_now(mem);
        made = refill(mem, size);
    }
    if made.is_none() && !limit::can_wait(mem) {
        made = owner::take_beyond(mem, 1, |mem| refill(mem, size));
    }
    made.ok_or_else(|| limit::failed(mem, 1))
}

fn refill(mem: &mut Mem<'_>, size: u32) -> Option<u32> {
    let (at, end) = (mem.get(AT, root::CURSOR), mem.get(AT, root::HOLE_END));
    if size <= end.wrapping_sub(at) && at <= end {
        count_holes(mem);
        return Some(open(mem, at, end, size));
    }
    if size > LINE {
        medium(mem, size)
    } else {
        small(mem, size)
    }
}

/// Bytes given out before allocation stops on its way through a hole, so that the collector hears of them in time.
const PORTION: u32 = collect::STEP as u32;

/// Gives `size` bytes at `at`, from where the current hole goes on to `end`.
fn open(mem: &mut Mem<'_>, at: u32, end: u32, size: u32) -> u32 {
    let portion = size.max(PORTION);
    let limit = match in_cycle(mem) {
        true if end - at > portion => at + portion,
        _ => end,
    };
    mem.set(AT, root::HOLE, at);
    mem.set(AT, root::CURSOR, at + size);
    mem.set(AT, root::LIMIT, limit);
    mem.set(AT, root::HOLE_END, end);
    at
}

/// Moves the bump cursor to the next hole of a used block, or to a free block.
fn small(mem: &mut Mem<'_>, size: u32) -> Option<u32> {
    count_hole(mem);
    let mut hole = next_hole(mem, SEARCHED);
    if hole.is_none() {
        if let Some(block) = take_blocks(mem, 1, state::SMALL) {
            return Some(open(mem, block, block + BLOCK, size));
        }
        hole = next_hole(mem, u32::MAX);
    }
    let (from, to) = hole?;
    if in_cycle(mem) {
        blacken(mem, from, to);
    }
    Some(open(mem, from, to, size))
}

/// Objects of more than a line that did not fit bump through free blocks of their own.
fn medium(mem: &mut Mem<'_>, size: u32) -> Option<u32> {
    let at = mem.get(AT, root::CURSOR2);
    let end = at.wrapping_add(size);
    if end <= mem.get(AT, root::LIMIT2) {
        mem.set(AT, root::CURSOR2, end);
        if in_cycle(mem) {
            count_holes(mem);
        }
        return Some(at);
    }
    count_hole2(mem);
    let block = take_blocks(mem, 1, state::SMALL)?;
    mem.set(AT, root::HOLE2, block);
    mem.set(AT, root::CURSOR2, block + size);
    mem.set(AT, root::LIMIT2, block + BLOCK);
    Some(block)
}

fn count_hole(mem: &mut Mem<'_>) {
    let used = mem
        .get(AT, root::CURSOR)
        .wrapping_sub(mem.get(AT, root::HOLE));
    let given = mem.get(AT, root::GIVEN) + u64::from(used);
    mem.set(AT, root::GIVEN, given);
    mem.set(AT, root::HOLE, 0);
    mem.set(AT, root::CURSOR, 0);
    mem.set(AT, root::LIMIT, 0);
    mem.set(AT, root::HOLE_END, 0);
}

fn count_hole2(mem: &mut Mem<'_>) {
    let used = mem
        .get(AT, root::CURSOR2)
        .wrapping_sub(mem.get(AT, root::HOLE2));
    let given = mem.get(AT, root::GIVEN) + u64::from(used);
    mem.set(AT, root::GIVEN, given);
    mem.set(AT, root::HOLE2, 0);
    mem.set(AT, root::CURSOR2, 0);
    mem.set(AT, root::LIMIT2, 0);
}

/// Gives up the current holes, counted: what a collection starts with.
pub fn retire_holes(mem: &mut Mem<'_>) {
    count_hole(mem);
    count_hole2(mem);
    owner::retire_holes(mem);
}

/// Counts what has been given out of the current holes, which stay.
pub(super) fn count_holes(mem: &mut Mem<'_>) {
    let given = grown(mem);
    mem.set(AT, root::GIVEN, given);
    for (hole, cursor) in [(root::HOLE, root::CURSOR), (root::HOLE2, root::CURSOR2)] {
        let at = mem.get(AT, cursor);
        mem.set(AT, hole, at);
    }
}

/// A cycle has ended: bytes are counted anew, and the search for holes begins at the first block.
pub fn count_from_here(mem: &mut Mem<'_>) {
    let (cursor, cursor2) = (mem.get(AT, root::CURSOR), mem.get(AT, root::CURSOR2));
    mem.set(AT, root::HOLE, cursor);
    mem.set(AT, root::HOLE2, cursor2);
    mem.set(AT, root::GIVEN, 0);
    owner::search_anew(mem);
}

/// Blocks in which a hole is searched before a free block is taken: there may be tens of thousands without any.
const SEARCHED: u32 = 128;

/// The next run of unmarked lines in the next `most` blocks, from the search position on.
fn next_hole(mem: &mut Mem<'_>, most: u32) -> Option<(u32, u32)> {
    let mut block = mem.get(AT, root::SCAN_BLOCK);
    let end = block.saturating_add(most).min(mem.get(AT, root::TOP_BLOCK));
    let mut line = mem.get(AT, root::SCAN_LINE);
    let states = mem.get(AT, root::STATES);
    let wanted = state::SMALL | state::owned_by(owner::payer(mem));
    while block < end {
        if mem.load::<u8>(states + block) == wanted
            && let Some((from, to)) = hole_in(mem, block, line)
        {
            mem.set(AT, root::SCAN_BLOCK, block);
            mem.set(AT, root::SCAN_LINE, to);
            let start = block * BLOCK;
            return Some((start + from * LINE, start + to * LINE));
        }
        block += 1;
        line = 0;
    }
    mem.set(AT, root::SCAN_BLOCK, block);
    mem.set(AT, root::SCAN_LINE, 0);
    None
}

fn hole_in(mem: &Mem<'_>, block: u32, line: u32) -> Option<(u32, u32)> {
    let marks = mem.get(AT, root::LINES) + block * LINES_PER_BLOCK;
    let lines = mem.bytes(marks, LINES_PER_BLOCK);
    let from = line + memchr(0, lines.get(line as usize..)?)? as u32;
    let rest = lines.get(from as usize..)?;
    let len = rest.iter().position(|&m| m != 0).unwrap_or(rest.len());
    Some((from, from + len as u32))
}

fn in_cycle(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::PHASE) != phase::IDLE
}

/// Makes everything that will lie in these lines count as marked, so that allocation need not do it for
/// each object.
fn blacken(mem: &mut Mem<'_>, from: u32, to: u32) {
    let (first, count) = (from / LINE, (to - from) / LINE);
    let marks = mem.get(AT, root::MARKS) + first;
    mem.bytes_mut(marks, count).fill(0xff);
    let lines = mem.get(AT, root::LINES) + first;
    mem.bytes_mut(lines, count).fill(line::KEPT);
}

/// A heap of this many blocks, 4 MiB, will use what comes behind them densely enough for large pages.
const DENSE: u32 = 128;

/// Takes `count` neighbouring free blocks; the first gets state `head`, the others `LARGE_TAIL`.
fn take_blocks(mem: &mut Mem<'_>, count: u32, head: u8) -> Option<u32> {
    take(mem, count, head, find_blocks)
}

/// The same with the blocks that `find` finds.
fn take(
    mem: &mut Mem<'_>,
    count: u32,
    head: u8,
    find: impl FnOnce(&mut Mem<'_>, u32) -> Option<u32>,
) -> Option<u32> {
    if !may_use(mem, count) {
        return None;
    }
    let Some(first) = find(mem, count) else {
        owner::release(mem, owner::payer(mem), count);
        return None;
    };
    use_blocks(mem, first, count);
    let states = mem.get(AT, root::STATES);
    let owned = state::owned_by(owner::payer(mem));
    mem.store::<u8>(states + first, head | owned);
    if head == state::SMALL {
        // The new block must not look like holes to the search before the next collection.
        let lines = mem.get(AT, root::LINES) + first * LINES_PER_BLOCK;
        mem.bytes_mut(lines, LINES_PER_BLOCK).fill(line::OLD);
    }
    if in_cycle(mem) {
        let lines = if head == state::SMALL { BLOCK } else { LINE };
        blacken(mem, first * BLOCK, first * BLOCK + lines);
        if head == state::LARGE_HEAD {
            mem.store::<u8>(states + first, state::LARGE_NEW | owned);
        }
    }
    Some(first * BLOCK)
}

/// Takes the `count` blocks from `first` on for what lies in front of them, if they are free and no limit is in the way.
pub(super) fn take_behind(mem: &mut Mem<'_>, first: u32, count: u32) -> bool {
    let end = first.saturating_add(count);
    let used_end = end.min(mem.get(AT, root::TOP_BLOCK)).max(first);
    let states = mem.get(AT, root::STATES) + first;
    let mut used = mem.bytes(states, used_end - first).iter();
    if end > mem.get(AT, root::END_BLOCK) || used.any(|&s| s != state::FREE) || !may_use(mem, count)
    {
        return false;
    }
    if end > mem.get(AT, root::TOP_BLOCK) {
        raise_top(mem, end);
    }
    use_blocks(mem, first, count);
    true
}

/// Whether the limits allow `count` blocks more. They count for the ring that pays if so.
fn may_use(mem: &mut Mem<'_>, count: u32) -> bool {
    let most = mem.get(AT, root::MAX_BLOCKS) + mem.get(AT, root::MEMORY_LENT);
    mem.get(AT, root::USED_BLOCKS) + count <= most && owner::charge(mem, count)
}

/// Notes that blocks are in use, as parts of what is large.
fn use_blocks(mem: &mut Mem<'_>, first: u32, count: u32) {
    let tail = state::LARGE_TAIL | state::owned_by(owner::payer(mem));
    let states = mem.get(AT, root::STATES);
    mem.bytes_mut(states + first, count).fill(tail);
    let used = mem.get(AT, root::USED_BLOCKS) + count;
    mem.set(AT, root::USED_BLOCKS, used);
}

/// Finds `count` neighbouring free blocks, those that are kept free for stacks only if there are no others.
fn find_blocks(mem: &mut Mem<'_>, count: u32) -> Option<u32> {
    let kept = behind::kept_free(mem);
    free_run(mem, count, &kept)
        .or_else(|| untouched_run(mem, count, &kept))
        .or_else(|| free_run(mem, count, &[]))
        .or_else(|| untouched_run(mem, count, &[]))
}

/// Finds `count` blocks behind all that are in use, but for what is kept free for stacks.
fn find_last(mem: &mut Mem<'_>, count: u32) -> Option<u32> {
    let kept = behind::kept_free(mem);
    untouched_run(mem, count, &kept)
}

/// Blocks that nobody had before.
fn untouched_run(mem: &mut Mem<'_>, count: u32, kept: &[Range<u32>]) -> Option<u32> {
    let first = behind::past(kept, mem.get(AT, root::TOP_BLOCK));
    let end = first.checked_add(count)?;
    (end <= mem.get(AT, root::END_BLOCK)).then(|| {
        raise_top(mem, end);
        first
    })
}

fn raise_top(mem: &mut Mem<'_>, to: u32) {
    let top = mem.get(AT, root::TOP_BLOCK);
    mem.set(AT, root::TOP_BLOCK, to);
    let dense = mem.get(AT, root::FIRST_BLOCK) + DENSE;
    if top < dense && to >= dense && mem.host().large_pages {
        let end = mem.get(AT, root::END_BLOCK);
        mem.expect_dense(dense * BLOCK, end * BLOCK);
    }
}

fn free_run(mem: &mut Mem<'_>, count: u32, kept: &[Range<u32>]) -> Option<u32> {
    let top = mem.get(AT, root::TOP_BLOCK);
    let hint = mem.get(AT, root::FREE_HINT).min(top);
    let states = mem.get(AT, root::STATES);
    // There may be many blocks, and nearly all of them in use: the shortest loop goes over those.
    let next_free = |from: u32| {
        let states = mem.bytes(states + from, top - from);
        memchr(state::FREE, states).map(|at| from + at as u32)
    };
    let first_free = next_free(hint);
    let mut from = first_free;
    let found = loop {
        let Some(block) = from else { break None };
        let first = behind::past(kept, block);
        let last = first.saturating_add(count);
        if last > top {
            break None;
        }
        let is_in_run = |range: &&Range<u32>| range.start < last && first < range.end;
        let run = mem.bytes(states + first, count).iter();
        let used = run.rev().position(|&s| s != state::FREE);
        from = match (kept.iter().find(is_in_run), used) {
            (None, None) => break Some(first),
            (Some(range), _) => next_free(range.end.min(top)),
            (None, Some(at)) => next_free(last - at as u32),
        };
    };
    // Everything below the first free block is taken, so the next search need not look there.
    match (first_free, found) {
        (Some(first), Some(f)) if first == f => mem.set(AT, root::FREE_HINT, f + count),
        (Some(first), _) => mem.set(AT, root::FREE_HINT, first),
        (None, _) => mem.set(AT, root::FREE_HINT, top),
    }
    found
}

/// Blocks that an object of `size` bytes takes.
pub(super) fn blocks_of(size: u64) -> u32 {
    size.div_ceil(u64::from(BLOCK)) as u32
}

#[cold]
fn large(mem: &mut Mem<'_>, size: u64) -> Result<u32, NoMemory> {
    if size > HUGE {
        return Err(NoMemory);
    }
    if mem.get(AT, root::FAIL_IN) != 0 {
        return counted(mem, size);
    }
    let count = blocks_of(size);
    let at = match take_blocks(mem, count, state::LARGE_HEAD) {
        Some(at) => at,
        None => collect_for(mem, count).ok_or_else(|| limit::failed(mem, size))?,
    };
    let given = mem.get(AT, root::GIVEN) + size;
    mem.set(AT, root::GIVEN, given);
    Ok(at)
}

/// Takes the blocks of a large object if some are lent, or there is room after a collection. What can begin again lets the
/// guest stand for that.
fn collect_for(mem: &mut Mem<'_>, count: u32) -> Option<u32> {
    if limit::lend(mem, count)
        && let Some(at) = take_blocks(mem, count, state::LARGE_HEAD)
    {
        return Some(at);
    }
    // A collection cannot help a request that exceeds the limit by itself.
    let is_possible = count <= mem.get(AT, root::MAX_BLOCKS) && owner::allows(mem, count);
    if !is_possible || limit::can_wait(mem) {
        return None;
    }
    let take = |mem: &mut Mem<'_>| take_blocks(mem, count, state::LARGE_HEAD);
    if !limit::waits_in_vain(mem) {
        limit::collect_now(mem);
        if let Some(at) = take(mem) {
            return Some(at);
        }
    }
    owner::take_beyond(mem, count, take)
}

/// Gives a large block run back before the next collection; smaller pieces wait for it.
pub fn free_large(mem: &mut Mem<'_>, at: u32, size: u64) {
    if size <= u64::from(LARGE) || at == 0 {
        return;
    }
    let byte = mem.load::<u8>(mem.get(AT, root::STATES) + at / BLOCK);
    let old = state::kind(byte);
    release_run(mem, at / BLOCK, blocks_of(size));
    // Free blocks have no marks: snapshots have none of them.
    mem.store::<u8>(mem.get(AT, root::MARKS).wrapping_add(at / LINE), 0);
    owner::release(mem, state::owner(byte), blocks_of(size));
    if old == state::LARGE_MARKED {
        take_back(mem, root::CYCLE_BYTES, size);
    }
    let mut left = size;
    if old == state::LARGE_NEW || !in_cycle(mem) {
        left -= take_back(mem, root::GIVEN, size);
    } else {
        left -= take_back(mem, root::CYCLE_GIVEN, size);
        take_back(mem, root::GIVEN, size - left);
    }
    take_back(mem, root::LIVE, left);
    let seen = mem.get(AT, root::GC_SEEN).min(grown(mem));
    mem.set(AT, root::GC_SEEN, seen);
}

/// Takes up to `size` bytes off a count; tells how many.
fn take_back(mem: &mut Mem<'_>, count: Field<u64>, size: u64) -> u64 {
    let old = mem.get(AT, count);
    let taken = old.min(size);
    mem.set(AT, count, old - taken);
    taken
}

/// Marks `count` blocks from `first` as free.
pub fn release_run(mem: &mut Mem<'_>, first: u32, count: u32) {
    let states = mem.get(AT, root::STATES);
    mem.bytes_mut(states + first, count).fill(state::FREE);
    let used = mem.get(AT, root::USED_BLOCKS).saturating_sub(count);
    mem.set(AT, root::USED_BLOCKS, used);
    if first < mem.get(AT, root::FREE_HINT) {
        mem.set(AT, root::FREE_HINT, first);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vm::{Config, Vm};

    /// A heap of small objects without holes, but for the last line of the last block; gives that.
    fn full(mem: &mut Mem<'_>, blocks: u32) -> u32 {
        while mem.get(AT, root::USED_BLOCKS) < blocks {
            alloc(mem, u64::from(LINE)).expect("memory");
        }
        retire_holes(mem);
        let (first, top) = (mem.get(AT, root::FIRST_BLOCK), mem.get(AT, root::TOP_BLOCK));
        let lines = mem.get(AT, root::LINES);
        let count = (top - first) * LINES_PER_BLOCK;
        mem.bytes_mut(lines + first * LINES_PER_BLOCK, count)
            .fill(line::KEPT);
        mem.store::<u8>(lines + top * LINES_PER_BLOCK - 1, 0);
        owner::search_anew(mem);
        top * BLOCK - LINE
    }

    #[test]
    fn a_search_passes_few_blocks_before_it_takes_a_free_one() {
        let mut vm = Vm::new(&Config::default()).expect("address space");
        vm.enter(|mem| {
            let hole = full(mem, 4 * SEARCHED);
            let first = mem.get(AT, root::SCAN_BLOCK);
            for searched in 1..4 {
                let at = alloc(mem, 16).expect("memory");
                assert!(at > hole, "a free block");
                assert_eq!(mem.get(AT, root::SCAN_BLOCK), first + searched * SEARCHED);
                retire_holes(mem);
            }
            assert_eq!(alloc(mem, 16), Ok(hole));
        });
    }

    #[test]
    fn where_no_block_is_left_all_are_searched() {
        let mut vm = Vm::new(&Config::default()).expect("address space");
        vm.enter(|mem| {
            let hole = full(mem, 4 * SEARCHED);
            let used = mem.get(AT, root::USED_BLOCKS);
            mem.set(AT, root::MAX_BLOCKS, used);
            assert_eq!(alloc(mem, 16), Ok(hole));
        });
    }
}
