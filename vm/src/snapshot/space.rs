//! What the blocks, lines and holes of a heap allow an object or a part of one to take. Must not visit
//! objects.

use super::Flaw;
use super::granules::{GRANULE, Granules};
use crate::heap::{BLOCK, LARGE, LINE, LINES_PER_BLOCK, line, owner, state, used_blocks};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::ring::Ring;

/// The heap's own notes, and what has been found to be in use so far.
pub(super) struct Space<'a, 'c> {
    mem: &'a Mem<'c>,
    /// Where blocks begin and end.
    begin: u32,
    end: u32,
    states: u32,
    lines: u32,
    /// Where the search for holes goes on, as the number of a line, by ring.
    scans: [u64; 4],
    /// What allocation gives out next.
    holes: [(u32, u32); 6],
    /// Where holes are that have nothing left.
    points: Vec<u32>,
    /// Whether what is taken next must be kept by the cycle that is under way.
    pub must_be_kept: bool,
    /// Whether somebody wants to know the content.
    saves: bool,
    /// The granules of what has been found, and those where nothing small may be: in holes and in free lines.
    taken: Granules,
    /// Those whose bytes belong to a snapshot.
    pub content: Granules,
}

impl<'a, 'c> Space<'a, 'c> {
    pub fn new(mem: &'a Mem<'c>, is_strict: bool) -> Space<'a, 'c> {
        let (begin, size) = used_blocks(mem);
        let end = begin + size;
        let mut scans = [0; 4];
        for ring in Ring::ALL {
            scans[usize::from(ring.number())] = owner::scan_of(mem, ring);
        }
        let mut holes = [(0, 0); 6];
        let own = [
            (mem.get(AT, root::CURSOR), mem.get(AT, root::HOLE_END)),
            (mem.get(AT, root::CURSOR2), mem.get(AT, root::LIMIT2)),
        ];
        let all = own.into_iter().chain(owner::kept_holes(mem));
        holes.iter_mut().zip(all).for_each(|(to, hole)| *to = hole);
        let points = holes.iter().filter(|(from, to)| from == to && *to != 0);
        let mut space = Space {
            mem,
            begin,
            end,
            states: mem.get(AT, root::STATES),
            lines: mem.get(AT, root::LINES),
            scans,
            holes,
            points: points.map(|&(from, _)| from).collect(),
            must_be_kept: false,
            saves: !is_strict,
            taken: Granules::new(begin, size),
            content: Granules::new(begin, size),
        };
        space.close();
        space
    }

    /// Takes what may hold nothing, so that one look at the granules of an object tells all.
    fn close(&mut self) {
        let (mem, first) = (self.mem, self.begin / BLOCK);
        let blocks = self.taken.words_mut().chunks_mut(WORDS);
        for (block, words) in (first..).zip(blocks) {
            let state: u8 = mem.load(self.states.wrapping_add(block));
            if state::kind(state) != state::SMALL {
                continue;
            }
            let scan = self.scans.get(usize::from(state::owner(state).number()));
            let scan = scan.copied().unwrap_or(0);
            let at = block * LINES_PER_BLOCK;
            let marks = mem.bytes(self.lines.wrapping_add(at), LINES_PER_BLOCK);
            for ((line, word), marks) in (at..).step_by(8).zip(words).zip(marks.as_chunks().0) {
                *word = closed(*marks, scan.saturating_sub(u64::from(line)));
            }
        }
        for (from, to) in self.holes.into_iter().filter(|(from, to)| from < to) {
            self.taken.claim(from, u64::from(to - from));
        }
    }

    /// Whether an offset can be where an object or a part begins.
    #[inline]
    pub fn is_place(&self, at: u32) -> bool {
        at.is_multiple_of(GRANULE) && at >= self.begin && at < self.end
    }

    /// Takes `size` bytes from `at` on, of which the first `content` count.
    #[inline]
    pub fn take(&mut self, at: u32, size: u64, content: u64) -> Result<(), Flaw> {
        if !self.is_place(at) || size == 0 || u64::from(at) + size > u64::from(self.end) {
            return Err(Flaw::new("a place outside the heap", at));
        }
        match size > u64::from(LARGE) {
            true => self.check_large(at, size)?,
            false => self.check_small(at, size as u32)?,
        }
        if self.must_be_kept && !self.is_kept(at, size) {
            return Err(Flaw::new("something that the collector would free", at));
        }
        if !self.taken.claim(at, size) {
            return Err(self.why(at, size));
        }
        if self.saves && content > 0 {
            self.content.claim(at, content);
        }
        Ok(())
    }

    #[inline]
    fn state(&self, block: u32) -> u8 {
        state::kind(self.mem.load(self.states.wrapping_add(block)))
    }

    fn is_kept(&self, at: u32, size: u64) -> bool {
        if size > u64::from(LARGE) {
            return self.state(at / BLOCK) != state::LARGE_HEAD;
        }
        let (first, last) = (at / LINE, (at + (size as u32 - 1)) / LINE);
        let marks = self
            .mem
            .bytes(self.lines.wrapping_add(first), last - first + 1);
        marks.iter().all(|&mark| mark == line::KEPT)
    }

    #[cold]
    fn check_large(&self, at: u32, size: u64) -> Result<(), Flaw> {
        let first = at / BLOCK;
        let count = size.div_ceil(u64::from(BLOCK)) as u32;
        let heads = [state::LARGE_HEAD, state::LARGE_MARKED, state::LARGE_NEW];
        let is_tail = |block| self.state(block) == state::LARGE_TAIL;
        let fits = at.is_multiple_of(BLOCK)
            && heads.contains(&self.state(first))
            && (first + 1..first + count).all(is_tail)
            && (first + count == self.end / BLOCK || !is_tail(first + count));
        match fits {
            true => Ok(()),
            false => Err(Flaw::new("a large object beside its blocks", at)),
        }
    }

    #[inline]
    fn check_small(&self, at: u32, size: u32) -> Result<(), Flaw> {
        let last = at + (size - 1);
        let block = at / BLOCK;
        if block != last / BLOCK || self.state(block) != state::SMALL {
            return Err(Flaw::new("an object in a block that is not its", at));
        }
        match self.points.iter().any(|&hole| at < hole && last >= hole) {
            true => Err(Flaw::new("an object in a hole", at)),
            false => Ok(()),
        }
    }

    /// Why a place was taken before.
    #[cold]
    fn why(&self, at: u32, size: u64) -> Flaw {
        let end = u64::from(at) + size;
        let meets = |&(from, to): &(u32, u32)| at < to && end > u64::from(from);
        let what = match self.holes.iter().any(meets) {
            true => "an object in a hole",
            false => "two things in one place, or one in a free line",
        };
        Flaw::new(what, at)
    }
}

/// Words of granules of a block. Each stands for eight lines.
const WORDS: usize = (BLOCK / GRANULE / 64) as usize;

/// The granules of eight lines in which nothing may be: those of free lines, but for the first ones, which the search for holes
/// has behind it.
#[inline]
fn closed(marks: [u8; 8], behind: u64) -> u64 {
    const LOW: u64 = 0x7F7F_7F7F_7F7F_7F7F;
    let marks = u64::from_le_bytes(marks);
    // The highest bit of each byte that is zero.
    let free = !(((marks & LOW) + LOW) | marks | LOW);
    // All bits of these bytes.
    let free = (free >> 7) * 0xFF;
    match behind {
        0..8 => free & u64::MAX << (8 * behind),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::closed;

    #[test]
    fn free_lines_are_closed_where_the_search_comes() {
        assert_eq!(closed([1, 2, 3, 0x80, 0xFF, 1, 1, 1], 0), 0);
        assert_eq!(closed([0; 8], 0), u64::MAX);
        assert_eq!(closed([0, 1, 0, 1, 1, 0, 1, 0], 0), 0xFF00_FF00_00FF_00FF);
        assert_eq!(closed([0, 1, 0, 1, 1, 0, 1, 0], 1), 0xFF00_FF00_00FF_0000);
        assert_eq!(closed([0; 8], 7), 0xFF << 56);
        assert_eq!(closed([0; 8], 8), 0);
        assert_eq!(closed([0; 8], u64::MAX), 0);
    }
}
