//! Which ring pays for which memory. A block belongs to the ring that took it, and each ring allocates in its own
//! blocks, so that allocation knows nothing of rings; only a change of the payer exchanges the holes that it
//! bumps through. Must not allocate.

use super::{BLOCK, state};
use crate::exec::ring::account_of;
use crate::host::Mem;
use crate::objects::account;
use crate::objects::root::{self, AT};
use crate::ring::{Ring, Rings};
use bvm_cage::Field;

/// The ring that pays now.
#[inline]
pub(super) fn payer(mem: &Mem<'_>) -> Ring {
    Rings::unpack(mem.get(AT, root::RINGS)).payer
}

/// Where the search for holes stands and what it has found last: in the root page for the ring that pays, and
/// in their accounts for the others. What has been given out of them is counted already there.
const HOLES: [(Field<u32>, Field<u32>); 6] = [
    (root::CURSOR, account::CURSOR),
    (root::LIMIT, account::LIMIT),
    (root::CURSOR2, account::CURSOR2),
    (root::LIMIT2, account::LIMIT2),
    (root::SCAN_BLOCK, account::SCAN_BLOCK),
    (root::SCAN_LINE, account::SCAN_LINE),
];

/// Another ring pays from now on: it goes on in its own holes.
pub(crate) fn changed(mem: &mut Mem<'_>, from: Ring, to: Ring) {
    super::alloc::count_holes(mem);
    let failing = mem.get(AT, root::FAIL_IN);
    super::alloc::fail_in(mem, 0);
    let end = mem.get(AT, root::HOLE_END);
    mem.set(AT, root::LIMIT, end);
    let (from, to) = (account_of(from), account_of(to));
    for (own, kept) in HOLES {
        let now = mem.get(AT, own);
        mem.set(from, kept, now);
        let then = mem.get(to, kept);
        mem.set(AT, own, then);
        mem.set(to, kept, 0);
    }
    let end = mem.get(AT, root::LIMIT);
    mem.set(AT, root::HOLE_END, end);
    for (hole, cursor) in [(root::HOLE, root::CURSOR), (root::HOLE2, root::CURSOR2)] {
        let cursor = mem.get(AT, cursor);
        mem.set(AT, hole, cursor);
    }
    super::alloc::fail_in(mem, failing);
}

/// The rings that do not pay now, and where their accounts are.
fn others(mem: &Mem<'_>) -> impl Iterator<Item = u32> + use<> {
    let payer = payer(mem);
    let others = Ring::ALL.into_iter().filter(move |&ring| ring != payer);
    others.map(account_of)
}

/// Gives up the holes of the rings that do not pay.
pub(super) fn retire_holes(mem: &mut Mem<'_>) {
    for at in others(mem) {
        for (_, kept) in &HOLES[..4] {
            mem.set(at, *kept, 0);
        }
    }
}

/// Begins the search for holes anew for all rings.
pub(super) fn search_anew(mem: &mut Mem<'_>) {
    let first = mem.get(AT, root::FIRST_BLOCK);
    mem.set(AT, root::SCAN_BLOCK, first);
    mem.set(AT, root::SCAN_LINE, 0);
    for at in others(mem) {
        mem.set(at, account::SCAN_BLOCK, first);
        mem.set(at, account::SCAN_LINE, 0);
    }
}

/// What the rings that do not pay will allocate in.
pub(crate) fn kept_holes(mem: &Mem<'_>) -> impl Iterator<Item = (u32, u32)> {
    let (cursor, limit) = (account::CURSOR, account::LIMIT);
    let (cursor2, limit2) = (account::CURSOR2, account::LIMIT2);
    others(mem).flat_map(move |at| {
        [(cursor, limit), (cursor2, limit2)].map(|(from, to)| (mem.get(at, from), mem.get(at, to)))
    })
}

/// Where the search of a ring for holes goes on, as the number of a line.
pub(crate) fn scan_of(mem: &Mem<'_>, ring: Ring) -> u64 {
    let (block, line) = match ring == payer(mem) {
        true => (mem.get(AT, root::SCAN_BLOCK), mem.get(AT, root::SCAN_LINE)),
        false => {
            let at = account_of(ring);
            (
                mem.get(at, account::SCAN_BLOCK),
                mem.get(at, account::SCAN_LINE),
            )
        }
    };
    u64::from(block) * u64::from(super::LINES_PER_BLOCK) + u64::from(line)
}

/// Takes `count` blocks for the ring that pays, if its account allows that.
pub(super) fn charge(mem: &mut Mem<'_>, count: u32) -> bool {
    let at = account_of(payer(mem));
    let blocks = mem.get(at, account::BLOCKS).saturating_add(count);
    let lent = mem.get(AT, root::MEMORY_LENT);
    if blocks > mem.get(at, account::MAX_BLOCKS).saturating_add(lent) {
        return false;
    }
    mem.set(at, account::BLOCKS, blocks);
    let peak = mem.get(at, account::PEAK).max(blocks);
    mem.set(at, account::PEAK, peak);
    true
}

/// Whether the account of the ring that pays allows `count` blocks at all; in a gate that of its maker will do, too.
pub(super) fn allows(mem: &Mem<'_>, count: u32) -> bool {
    let Rings { level, payer } = Rings::unpack(mem.get(AT, root::RINGS));
    let most = |ring| mem.get(account_of(ring), account::MAX_BLOCKS);
    count <= most(payer).max(most(level))
}

/// Takes blocks in a gate, beyond what its caller may have, for what can neither wait nor fail: as many as whoever made the
/// gate has room for. That one pays from the next place on where the guest stands.
pub(super) fn take_beyond<T>(
    mem: &mut Mem<'_>,
    count: u32,
    take: impl FnOnce(&mut Mem<'_>) -> Option<T>,
) -> Option<T> {
    let rings = Rings::unpack(mem.get(AT, root::RINGS));
    let [caller, maker] = [rings.payer, rings.level].map(account_of);
    let room = |mem: &Mem<'_>, at| {
        let most = mem.get(at, account::MAX_BLOCKS);
        i64::from(most) - i64::from(mem.get(at, account::BLOCKS))
    };
    let beyond = i64::from(count) - room(mem, caller);
    if !rings.is_in_gate() || beyond <= 0 || beyond > room(mem, maker) {
        return None;
    }
    let most = mem.get(caller, account::MAX_BLOCKS);
    mem.set(caller, account::MAX_BLOCKS, u32::MAX);
    let taken = take(mem);
    mem.set(caller, account::MAX_BLOCKS, most);
    if taken.is_some() {
        super::limit::lend(mem, 1);
    }
    taken
}

/// Whether the ring that pays would have more than its account allows with `count` blocks more, and with those that it owes.
pub(super) fn is_over(mem: &Mem<'_>, count: u32) -> bool {
    let at = account_of(payer(mem));
    let owed = mem.get(at, account::OWED);
    let blocks = mem.get(at, account::BLOCKS);
    let blocks = blocks.saturating_add(count).saturating_add(owed);
    blocks > mem.get(at, account::MAX_BLOCKS)
}

/// The ring that pays cannot pay what is waited for in a gate: it owes that, as far as it is known.
pub(crate) fn note_debt(mem: &mut Mem<'_>) {
    let wanted = mem.get(AT, root::MEMORY_WANTED).max(1);
    mem.set(account_of(payer(mem)), account::OWED, wanted);
}

/// Whether the ring that pays owes blocks.
pub(crate) fn is_in_debt(mem: &Mem<'_>) -> bool {
    mem.get(account_of(payer(mem)), account::OWED) != 0
}

/// The ring that pays has room for what it owes, or is stopped.
pub(super) fn forget_debt(mem: &mut Mem<'_>) {
    mem.set(account_of(payer(mem)), account::OWED, 0);
}

/// Gives `count` blocks of a ring back.
pub(super) fn release(mem: &mut Mem<'_>, owner: Ring, count: u32) {
    let at = account_of(owner);
    let blocks = mem.get(at, account::BLOCKS).saturating_sub(count);
    mem.set(at, account::BLOCKS, blocks);
}

/// Counts the blocks of all rings anew.
pub(crate) fn recount(mem: &mut Mem<'_>) {
    let mut counts = [0u32; 4];
    let (first, top) = (mem.get(AT, root::FIRST_BLOCK), mem.get(AT, root::TOP_BLOCK));
    let states = mem.get(AT, root::STATES);
    for &byte in mem.bytes(states + first, top - first) {
        if byte != state::FREE
            && let Some(count) = counts.get_mut(usize::from(state::owner(byte).number()))
        {
            *count += 1;
        }
    }
    set_counts(mem, counts);
}

/// Notes how many blocks each ring has, by its number.
pub(super) fn set_counts(mem: &mut Mem<'_>, counts: [u32; 4]) {
    for ring in Ring::ALL {
        let blocks = counts.get(usize::from(ring.number())).copied();
        mem.set(account_of(ring), account::BLOCKS, blocks.unwrap_or(0));
    }
}

/// Blocks for `bytes`.
fn blocks_for(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(u64::from(BLOCK))).unwrap_or(u32::MAX)
}

/// Whether the ring that pays has a limit of memory of its own.
pub(super) fn is_limited(mem: &Mem<'_>) -> bool {
    mem.get(account_of(payer(mem)), account::MAX_BLOCKS) != u32::MAX
}

impl crate::exec::Cpu<'_, '_> {
    /// Bytes of memory that a ring has, in whole blocks.
    pub fn memory_of(&self, ring: Ring) -> u64 {
        u64::from(self.mem.get(account_of(ring), account::BLOCKS)) * u64::from(BLOCK)
    }

    /// The most bytes of memory that a ring has had.
    pub fn memory_peak_of(&self, ring: Ring) -> u64 {
        u64::from(self.mem.get(account_of(ring), account::PEAK)) * u64::from(BLOCK)
    }

    /// The most bytes of memory that a ring may have, if it has a limit of its own.
    pub fn memory_limit_of(&self, ring: Ring) -> Option<u64> {
        match self.mem.get(account_of(ring), account::MAX_BLOCKS) {
            u32::MAX => None,
            blocks => Some(u64::from(blocks) * u64::from(BLOCK)),
        }
    }

    /// Limits the memory that a ring may have from now on, in bytes; `None` is no limit of its own.
    pub fn set_memory_for(&mut self, ring: Ring, bytes: Option<u64>) {
        let blocks = bytes.map_or(u32::MAX, blocks_for);
        self.mem.set(account_of(ring), account::MAX_BLOCKS, blocks);
    }

    /// Lets a ring have `bytes` more than it has now, if its limit allows that; gives the limit of before.
    pub(crate) fn limit_memory(&mut self, ring: Ring, bytes: Option<u64>) -> u32 {
        let at = account_of(ring);
        let before = self.mem.get(at, account::MAX_BLOCKS);
        if let Some(bytes) = bytes {
            let blocks = self.mem.get(at, account::BLOCKS);
            let most = blocks.saturating_add(blocks_for(bytes)).min(before);
            self.mem.set(at, account::MAX_BLOCKS, most);
        }
        before
    }

    /// Whether the ring that pays has a limit of memory of its own.
    pub(crate) fn has_own_memory(&self) -> bool {
        is_limited(self.mem)
    }
}
