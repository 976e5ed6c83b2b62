//! What a strange snapshot must hold besides well-formed objects: numbers that code counts with, and lists
//! that the walk has seen whole. Must not change anything but what follows from the rest.

use super::walk::{Check, Walk};
use super::{Flaw, cycle, tables};
use crate::data::closure::is_open;
use crate::data::growth;
use crate::data::thread::{DEAD, NORMAL, RUNNING};
use crate::exec::ring::account_of;
use crate::heap::mark::is_marked;
use crate::heap::{BLOCK, LINE, line, owner, phase, state};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{KIND, Table, Thread, Upval, account};
use crate::ring::{Ring, Rings};
use bvm_cage::Field;
use bvm_isa::Dialect;

/// No count of bytes or of work in a guest comes near to this.
const MOST: u64 = 1 << 50;

fn demand(holds: bool, what: &'static str, at: u32) -> Check {
    match holds {
        true => Ok(()),
        false => Err(Flaw::new(what, at)),
    }
}

/// Fields of the root page that count.
const COUNTS: [Field<u64>; 12] = [
    root::LIVE,
    root::GIVEN,
    root::CYCLE_BYTES,
    root::CYCLE_WORK,
    root::CYCLE_GIVEN,
    root::GC_SEEN,
    root::GC_DEBT,
    root::GC_CHARGE,
    root::PAID,
    root::LOAD_PAID,
    root::LOAD_OWED,
    root::GROWN_PAID,
];

/// The numbers of the root page.
pub(super) fn root(mem: &Mem<'_>) -> Check {
    for field in COUNTS {
        let at = AT + u32::from(field.disp());
        demand(
            mem.get(AT, field) <= MOST,
            "a count of more than there is",
            at,
        )?;
    }
    let bytes = mem.get(AT, root::LIVE) + mem.get(AT, root::GIVEN);
    let most = (u64::from(mem.get(AT, root::TOP_BLOCK)) + 1) * u64::from(BLOCK) * 8;
    demand(bytes <= most, "more bytes than there are", AT)?;
    let debt = mem.get(AT, root::FUEL);
    let is_debt = debt <= 0 && debt > -(1 << 56) && debt % 8 == 0;
    demand(is_debt, "fuel in a snapshot", AT)?;
    let dialect = mem.get(AT, root::DIALECT);
    demand(
        Dialect::from_code(dialect).code() == dialect,
        "an unknown language",
        AT,
    )?;
    demand(
        mem.get(AT, root::PHASE) <= phase::SWEEP,
        "an unknown phase of the collector",
        AT,
    )?;
    demand(
        mem.get(AT, root::AGAIN_ROUNDS) <= 16,
        "too many rounds of the collector",
        AT,
    )?;
    let random = mem.get(AT, root::RANDOM);
    demand(
        random <= 2 * root::RANDOM_WORDS,
        "a random number from nowhere",
        AT,
    )?;
    let top = mem.get(AT, root::TOP_BLOCK);
    // Before the heap there is what nobody owns, and looks free.
    let heap = mem.get(AT, root::FIRST_BLOCK)..=top;
    demand(
        heap.contains(&mem.get(AT, root::FREE_HINT)),
        "a search outside of the heap",
        AT,
    )?;
    holes(mem)
}

/// The holes that allocation bumps through, two for each ring, lie in one block of small objects each, apart.
fn holes(mem: &Mem<'_>) -> Check {
    let fields = [
        (root::HOLE, root::CURSOR, root::HOLE_END),
        (root::HOLE2, root::CURSOR2, root::LIMIT2),
    ];
    let own = fields.map(|(hole, cursor, limit)| {
        let [hole, cursor, limit] = [hole, cursor, limit].map(|field| mem.get(AT, field));
        (hole, cursor, limit)
    });
    let kept = owner::kept_holes(mem).map(|(cursor, limit)| (cursor, cursor, limit));
    let limit = mem.get(AT, root::LIMIT);
    let stops = mem.get(AT, root::CURSOR)..=mem.get(AT, root::HOLE_END);
    demand(stops.contains(&limit), "a hole that is none", limit)?;
    let holes: Vec<(u32, u32, u32)> = own.into_iter().chain(kept).collect();
    for &(hole, cursor, limit) in &holes {
        if (hole, cursor, limit) == (0, 0, 0) {
            continue;
        }
        let block = cursor / BLOCK;
        let end = block.saturating_add(1).saturating_mul(BLOCK);
        // At its end a hole touches the next block.
        let (block, end) = match cursor == limit && cursor % BLOCK == 0 {
            true => (block.saturating_sub(1), cursor),
            false => (block, end),
        };
        let fits = hole <= cursor
            && cursor <= limit
            && limit <= end
            && hole >= block * BLOCK
            && (hole | cursor) % 16 == 0
            && block >= mem.get(AT, root::FIRST_BLOCK)
            && block < mem.get(AT, root::TOP_BLOCK)
            && state::kind(mem.load(mem.get(AT, root::STATES) + block)) == state::SMALL;
        demand(fits, "a hole that is none", cursor)?;
        let is_taken = cursor == limit || is_taken(mem, cursor, limit - cursor);
        demand(is_taken, "a hole that would be found again", cursor)?;
    }
    let mut places: Vec<(u32, u32)> = holes.iter().map(|&(_, from, to)| (from, to)).collect();
    places.sort_unstable();
    let apart = places.windows(2).all(|pair| match pair {
        [(_, end), (begin, _)] => end <= begin,
        _ => true,
    });
    demand(apart, "holes that meet", AT)
}

/// Rings that there are, and accounts that agree with what they pay for.
pub(super) fn rings(mem: &mut Mem<'_>) -> Check {
    let running = mem.get(AT, root::THREAD);
    let rings = mem.get(AT, root::RINGS);
    let fits = Rings::unpack(rings).pack() == rings
        && mem.get(running, Thread::RINGS) == rings
        && Ring::new(mem.get(AT, root::HOME)).is_some();
    demand(fits, "an unknown ring", AT)?;
    for ring in Ring::ALL {
        let at = account_of(ring);
        let (used, left) = (mem.get(at, account::USED), mem.get(at, account::LEFT));
        let fits = (0..=account::NO_LIMIT).contains(&used)
            && (-account::NO_LIMIT..=account::NO_LIMIT).contains(&left);
        demand(fits, "an account of more than there is", at)?;
    }
    owner::recount(mem);
    mem.set(AT, root::PLAIN_CODES, Rings::unpack(rings).plain_codes());
    Ok(())
}

/// Whether the search for holes passes these bytes by, and a cycle takes what will lie there for marked.
fn is_taken(mem: &Mem<'_>, at: u32, size: u32) -> bool {
    let (first, last) = (at / LINE, (at + size - 1) / LINE);
    let lines = mem.bytes(mem.get(AT, root::LINES) + first, last - first + 1);
    let byte = mem.load(mem.get(AT, root::STATES) + at / BLOCK);
    let scan = owner::scan_of(mem, state::owner(byte));
    if mem.get(AT, root::PHASE) == phase::IDLE {
        let behind = |i: usize| u64::from(first) + (i as u64) < scan;
        return lines
            .iter()
            .enumerate()
            .all(|(i, &mark)| mark != 0 || behind(i));
    }
    let marked = (at..at + size).step_by(16).all(|at| is_marked(mem, at));
    marked && lines.iter().all(|&mark| mark == line::KEPT)
}

/// What is in lists, and what the walk has found elsewhere.
pub(super) fn lists(walk: &Walk<'_, '_>) -> Check {
    let mem = walk.mem;
    demand(walk.userdata == walk.listed, "a userdata in no list", AT)?;
    let mut listed = 0;
    for &t in &walk.threads {
        let mut at = super::threads::Stand::of(mem, t).open;
        while at != 0 {
            let fits = is_open(mem, Upval(at)) && mem.get(at, Upval::OWNER) == t;
            demand(fits, "an open upvalue of another coroutine", at)?;
            listed += 1;
            at = mem.get(at, Upval::NEXT);
        }
    }
    demand(walk.open.len() == listed, "an open upvalue in no list", AT)?;
    tables::check_step(walk)?;
    cycle::check(walk)?;
    chain_of_resumers(walk)
}

/// A table that grows is one that the walk has found, and its growth is not of a time to come.
pub(super) fn growth(walk: &Walk<'_, '_>) -> Check {
    let (mem, t) = (walk.mem, walk.mem.get(AT, root::GROWING));
    let is_table = |at| walk.is_known(at) && mem.get(at, KIND) == Table::KIND;
    let when = mem.get(AT, root::GROWN_WHEN);
    let fits =
        (t == 0 || is_table(t)) && growth::is_tidy(mem) && when <= mem.get(AT, root::ELAPSED);
    demand(fits, "a growth of what is no table", t)
}

/// The running coroutine was resumed by one that waits, and so on, down to the main thread.
fn chain_of_resumers(walk: &Walk<'_, '_>) -> Check {
    let mem = walk.mem;
    let main = mem.get(AT, root::MAIN);
    let mut at = mem.get(AT, root::THREAD);
    demand(
        mem.get(at, Thread::STATUS) == RUNNING,
        "a running coroutine that does not run",
        at,
    )?;
    let mut depth = 0;
    while at != main {
        at = mem.get(at, Thread::RESUMER);
        depth += 1;
        let fits = at != 0
            && mem.get(at, Thread::STATUS) == NORMAL
            && depth < walk.threads.len()
            && depth <= crate::exec::coroutine::MAX_RESUMES as usize;
        demand(fits, "a coroutine that nobody has resumed", at)?;
    }
    demand(
        mem.get(AT, root::RESUME_DEPTH) as usize == depth,
        "coroutines that are counted wrongly",
        at,
    )?;
    let (mut running, mut normal) = (0, 0);
    for &t in &walk.threads {
        let status = mem.get(t, Thread::STATUS);
        demand(status <= DEAD, "a coroutine in no state", t)?;
        running += usize::from(status == RUNNING);
        normal += usize::from(status == NORMAL);
    }
    demand(
        running == 1 && normal == depth,
        "coroutines that nobody has resumed",
        at,
    )
}
