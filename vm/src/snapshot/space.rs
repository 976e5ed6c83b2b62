//! What the blocks, lines and holes of a heap allow an object or a part of one to take. Must not visit
//! objects.

use super::Flaw;
use super::granules::{GRANULE, Granules};
use crate::heap::{BLOCK, LARGE, LINE, line, owner, state, used_blocks};
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
    /// Whether what is taken next must be kept by the cycle that is under way.
    pub must_be_kept: bool,
    /// Whether somebody wants to know the content.
    saves: bool,
    /// All granules of objects and their parts.
    owned: Granules,
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
            (mem.get(AT, root::CURSOR), mem.get(AT, root::LIMIT)),
            (mem.get(AT, root::CURSOR2), mem.get(AT, root::LIMIT2)),
        ];
        let all = own.into_iter().chain(owner::kept_holes(mem));
        holes.iter_mut().zip(all).for_each(|(to, hole)| *to = hole);
        Space {
            mem,
            begin,
            end,
            states: mem.get(AT, root::STATES),
            lines: mem.get(AT, root::LINES),
            scans,
            holes,
            must_be_kept: false,
            saves: !is_strict,
            owned: Granules::new(begin, size),
            content: Granules::new(begin, size),
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
        if !self.owned.claim(at, size) {
            return Err(Flaw::new("two things in one place", at));
        }
        if self.saves && content > 0 {
            self.content.claim(at, content);
        }
        Ok(())
    }

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
        if self.holes.iter().any(|&(from, to)| at < to && last >= from) {
            return Err(Flaw::new("an object in a hole", at));
        }
        let (first, last) = (at / LINE, last / LINE);
        let owner = state::owner(self.mem.load(self.states.wrapping_add(block)));
        let scan = self.scans.get(usize::from(owner.number()));
        let scan = scan.copied().unwrap_or(0);
        if u64::from(last) < scan {
            return Ok(());
        }
        let marks = self
            .mem
            .bytes(self.lines.wrapping_add(first), last - first + 1);
        let behind = |i: usize| u64::from(first) + (i as u64) < scan;
        match marks
            .iter()
            .enumerate()
            .all(|(i, &mark)| mark != 0 || behind(i))
        {
            true => Ok(()),
            false => Err(Flaw::new("an object in a free line", at)),
        }
    }
}
