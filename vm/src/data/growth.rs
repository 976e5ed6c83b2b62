//! The large table that grows in portions: its instruction may wait for fuel between them and then goes on with them.
//! There is one at most, and the root page says how far it is. Must not know fuel.
//!
//! Until all has moved, the table is what it was, and the parts that it is to get belong to a header in the root page
//! that nothing refers to. So what is done can be dropped at any time: a cycle of the collector does, and whoever may
//! change the table meanwhile. What has been paid for stays paid, and it is done again. A snapshot has only the places
//! of the new parts.

use super::rehash::{self, Census, Parts, clear_nodes};
use super::table;
use crate::heap::mark::node_count;
use crate::heap::{NoMemory, barrier};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Table, node};
use crate::value::Value;

/// Slots and nodes of a table from which on it grows in portions.
const LARGE: u32 = 512;

/// Places that a portion counts, fills and moves. Memory that is touched first takes most of the time.
const COUNTED: u32 = 1024;
const FILLED_SLOTS: u32 = 1024;
const FILLED_NODES: u32 = 256;
const MOVED: u32 = 128;

/// A place that is moved takes as long as so many that are filled, and is paid for like them.
const FILLED_PER_MOVED: u64 = 4;

/// Places that one unit pays for while they are counted.
const COUNTED_PER_UNIT: u32 = 32;
/// Places of which one unit pays for at least so many while they are filled and moved.
const MOVED_PER_UNIT: u32 = 24;
/// Places of the grown table that one unit pays for, and old nodes when the size is given.
const GROWN_PER_UNIT: u32 = 4;
/// Places that a unit pays for when their number is given.
pub const PLACES_PER_UNIT: u64 = 16;

/// The header that the new parts belong to.
const NEW: Table = Table(AT + root::GROWN as u32);

/// What a table is to have room for.
#[derive(Debug, Clone, Copy)]
pub enum Room {
    /// A key that it has no place for.
    Key(Value),
    /// So many slots, and nodes for so many keys.
    Parts(u32, u32),
}

impl Room {
    /// Whether a table is so large, or is to be, that it grows in portions.
    pub fn is_large(self, mem: &Mem<'_>, t: Table) -> bool {
        let size = match self {
            Room::Key(_) => 0,
            Room::Parts(slots, nodes) => slots.saturating_add(nodes),
        };
        size.max(table::extent(mem, t)) >= LARGE
    }

    /// Makes it all at once. Tells the units to pay for that.
    ///
    /// # Errors
    /// There is no room for the new parts.
    pub fn make_at_once(self, mem: &mut Mem<'_>, t: Table) -> Result<u64, NoMemory> {
        match self {
            Room::Key(key) => {
                table::make_room(mem, t, key)?;
                Ok(u64::from(table::extent(mem, t) / GROWN_PER_UNIT))
            }
            Room::Parts(slots, nodes) => {
                let units = price_of_parts(slots, nodes, node_count(mem, t.0));
                rehash::resize(mem, t, slots, nodes)?;
                Ok(units)
            }
        }
    }
}

/// What parts of a size cost a table that has so many nodes.
fn price_of_parts(slots: u32, nodes: u32, old_nodes: u32) -> u64 {
    let places = u64::from(slots) + u64::from(nodes);
    places / PLACES_PER_UNIT + u64::from(old_nodes / GROWN_PER_UNIT)
}

/// How far a growth is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There are more portions.
    Goes,
    /// The table has grown.
    Done,
}

/// Does the next portion of making room in a large table; begins anew if another table was growing. Tells how far that
/// is, and the units to pay for it.
///
/// # Errors
/// There is no room for the new parts.
pub fn go_on(mem: &mut Mem<'_>, t: Table, room: Room) -> Result<(Progress, u64), NoMemory> {
    if mem.get(AT, root::GROWING) != t.0 {
        drop_parts(mem);
        mem.set(AT, root::GROWING, t.0);
    }
    let plan = Plan::of(mem, t);
    let done = match (room, &plan.new) {
        // There is nothing to count.
        (Room::Parts(..), None) => None,
        _ => plan.portion(mem, t)?,
    };
    match done {
        Some(done) => {
            let at = mem.get(AT, root::GROWN_AT) + done;
            mem.set(AT, root::GROWN_AT, at);
            let units = pay_up_to(mem, plan.price(room, at));
            Ok((Progress::Goes, units))
        }
        None if plan.new.is_none() => make(mem, t, &plan, room),
        None => Ok((Progress::Done, end(mem, t, &plan, room))),
    }
}

/// The table that grows if it has no size yet: when an instruction makes it, nothing else refers to it.
pub fn in_the_making(mem: &Mem<'_>) -> Option<Table> {
    let t = Table(mem.get(AT, root::GROWING));
    (t.0 != 0 && table::extent(mem, t) == 0).then_some(t)
}

/// Counts what has to be paid until `price` is, and has been from now on.
fn pay_up_to(mem: &mut Mem<'_>, price: u64) -> u64 {
    let paid = mem.get(AT, root::GROWN_PAID);
    mem.set(AT, root::GROWN_PAID, paid.max(price));
    price.saturating_sub(paid)
}

/// Whether something has been done for a table that grows, or paid.
pub fn is_under_way(mem: &Mem<'_>) -> bool {
    mem.get(AT, root::GROWING) != 0 || mem.get(AT, root::GROWN_PAID) != 0
}

/// Drops what has been done, and not what has been paid.
#[inline]
pub fn drop_parts(mem: &mut Mem<'_>) {
    if mem.get(AT, root::GROWING) != 0 {
        clear_parts(mem);
    }
}

#[cold]
fn clear_parts(mem: &mut Mem<'_>) {
    mem.set(AT, root::GROWING, 0);
    mem.set(AT, root::GROWN_AT, 0);
    let all = AT + u32::from(root::GROWN);
    mem.bytes_mut(all, root::GROWN_SIZE).fill(0);
}

/// Whether nothing is left where no table grows.
pub(crate) fn is_tidy(mem: &Mem<'_>) -> bool {
    let all = mem.bytes(AT + u32::from(root::GROWN), root::GROWN_SIZE);
    let is_clear = mem.get(AT, root::GROWN_AT) == 0 && all.iter().all(|&byte| byte == 0);
    mem.get(AT, root::GROWING) != 0 || is_clear
}

/// Drops all of it.
pub fn forget(mem: &mut Mem<'_>) {
    drop_parts(mem);
    mem.set(AT, root::GROWN_PAID, 0);
    mem.set(AT, root::GROWN_WHEN, 0);
}

/// The parts that a growth will give to its table, if they have been made.
pub(crate) fn new_parts(mem: &Mem<'_>) -> Option<Parts> {
    let is_made = mem.get(AT, root::GROWING) != 0 && mem.get(NEW.0, Table::NODE) != 0;
    is_made.then(|| Parts::of(mem, NEW))
}

/// Does again what had been done when a snapshot was taken, which has only the places of the new parts. Tells whether
/// that can be so; the table is well-formed, and the places have been looked at.
pub(crate) fn redo(mem: &mut Mem<'_>) -> bool {
    let (t, at) = (
        Table(mem.get(AT, root::GROWING)),
        mem.get(AT, root::GROWN_AT),
    );
    let plan = Plan::of(mem, t);
    let begin = match &plan.new {
        Some(new) if plan.fits(mem, new) => {
            new.give_to(mem, NEW);
            plan.old.extent()
        }
        Some(_) => return false,
        None => {
            Census::default().save(mem);
            0
        }
    };
    mem.set(AT, root::GROWN_AT, begin);
    while mem.get(AT, root::GROWN_AT) < at {
        let Ok(Some(done)) = plan.portion(mem, t) else {
            return false;
        };
        let next = mem.get(AT, root::GROWN_AT) + done;
        mem.set(AT, root::GROWN_AT, next);
    }
    mem.get(AT, root::GROWN_AT) == at
}

/// What a place on the way belongs to, and its number there.
enum Stage {
    Slots(u32),
    Nodes(u32),
    FillNodes(u32),
    FillSlots(u32),
    MoveSlots(u32),
    MoveNodes(u32),
    End,
}

/// The way: all places are counted, the new ones filled, and what the new array does not take over moved.
struct Plan {
    old: Parts,
    /// What is new, when it has been made.
    new: Option<Parts>,
}

impl Plan {
    fn of(mem: &Mem<'_>, t: Table) -> Plan {
        Plan {
            old: Parts::of(mem, t),
            new: new_parts(mem),
        }
    }

    /// Whether parts are such as tables have, and have room for all that the old ones have.
    fn fits(&self, mem: &Mem<'_>, new: &Parts) -> bool {
        let is_size = |n: u32| n == 0 || n.is_power_of_two();
        is_size(new.node_count)
            && (new.node_count == 0) == (new.nodes == root::EMPTY_NODE)
            && new.node_count >= self.old.beyond(mem, new.asize)
    }

    /// Does the next portion, and tells how many places it has had; nothing when there is none, because the new parts
    /// are to be made or all is done.
    fn portion(&self, mem: &mut Mem<'_>, t: Table) -> Result<Option<u32>, NoMemory> {
        Ok(Some(match self.stage(mem.get(AT, root::GROWN_AT)) {
            Stage::Slots(from) => self.count_slots(mem, t, from),
            Stage::Nodes(from) => self.count_nodes(mem, from),
            Stage::FillNodes(from) => self.fill_nodes(mem, from),
            Stage::FillSlots(from) => self.fill_slots(mem, from),
            Stage::MoveSlots(from) => self.move_slots(mem, from)?,
            Stage::MoveNodes(from) => self.move_nodes(mem, from)?,
            Stage::End => return Ok(None),
        }))
    }

    /// Old slots that the new array does not have.
    fn left_over(&self, new: &Parts) -> u32 {
        self.old.asize.saturating_sub(new.asize)
    }

    fn stage(&self, at: u32) -> Stage {
        let mut at = at;
        // Tells whether it is among the next `count` places; if not, counts it from behind them.
        let mut is_among = |count: u32| match at < count {
            true => Some(at),
            false => {
                at -= count;
                None
            }
        };
        if let Some(at) = is_among(self.old.asize) {
            return Stage::Slots(at);
        }
        if let Some(at) = is_among(self.old.node_count) {
            return Stage::Nodes(at);
        }
        let Some(new) = &self.new else {
            return Stage::End;
        };
        if let Some(at) = is_among(new.node_count) {
            return Stage::FillNodes(at);
        }
        if let Some(at) = is_among(new.asize) {
            return Stage::FillSlots(at);
        }
        if let Some(at) = is_among(self.left_over(new)) {
            return Stage::MoveSlots(at);
        }
        is_among(self.old.node_count).map_or(Stage::End, Stage::MoveNodes)
    }

    /// What all up to a place costs.
    fn price(&self, room: Room, at: u32) -> u64 {
        let old = self.old.extent();
        let counted = u64::from(at.min(old) / COUNTED_PER_UNIT);
        let Some(new) = &self.new else {
            return counted;
        };
        let filled = u64::from(new.extent());
        let all = filled + u64::from(self.left_over(new) + self.old.node_count);
        let done = u64::from(at.saturating_sub(old)).min(all);
        let work = |places: u64| {
            let moved = places.saturating_sub(filled);
            places.min(filled) + moved * FILLED_PER_MOVED
        };
        let (before, rest) = match room {
            Room::Key(_) => {
                let rest = u64::from(new.extent() / GROWN_PER_UNIT)
                    .saturating_sub(counted)
                    .max(all / u64::from(MOVED_PER_UNIT));
                (counted, rest)
            }
            Room::Parts(slots, nodes) => (0, price_of_parts(slots, nodes, self.old.node_count)),
        };
        before + rest * work(done) / work(all).max(1)
    }

    fn count_slots(&self, mem: &mut Mem<'_>, t: Table, from: u32) -> u32 {
        let count = COUNTED.min(self.old.asize - from);
        let mut census = Census::load(mem);
        census.add_slots(mem, t, from, count);
        census.save(mem);
        count
    }

    fn count_nodes(&self, mem: &mut Mem<'_>, from: u32) -> u32 {
        let count = COUNTED.min(self.old.node_count - from);
        let mut census = Census::load(mem);
        census.add_nodes(mem, self.old.nodes + from * node::SIZE, count);
        census.save(mem);
        count
    }

    fn fill_nodes(&self, mem: &mut Mem<'_>, from: u32) -> u32 {
        let Some(new) = &self.new else { return 0 };
        let count = FILLED_NODES.min(new.node_count - from);
        clear_nodes(mem, new.nodes + from * node::SIZE, count);
        count
    }

    fn fill_slots(&self, mem: &mut Mem<'_>, from: u32) -> u32 {
        let Some(new) = &self.new else { return 0 };
        let count = FILLED_SLOTS.min(new.asize - from);
        let kept = self.old.asize.saturating_sub(from).min(count);
        let at = new.array + from * 8;
        if kept > 0 {
            mem.copy(self.old.array + from * 8, at, kept * 8);
        }
        if count > kept {
            mem.bytes_mut(at + kept * 8, (count - kept) * 8).fill(0xff);
        }
        count
    }

    fn move_slots(&self, mem: &mut Mem<'_>, from: u32) -> Result<u32, NoMemory> {
        let Some(new) = &self.new else { return Ok(0) };
        let count = MOVED.min(self.left_over(new) - from);
        self.old.reinsert_slots(mem, NEW, new.asize + from, count)?;
        Ok(count)
    }

    /// Moves the nodes from the last to the first.
    fn move_nodes(&self, mem: &mut Mem<'_>, from: u32) -> Result<u32, NoMemory> {
        let left = self.old.node_count - from;
        let count = MOVED.min(left);
        self.old.reinsert_nodes(mem, NEW, left - count, count)?;
        Ok(count)
    }
}

/// All has been counted, if it is to be: the new parts are made, but for what will be in them.
fn make(mem: &mut Mem<'_>, t: Table, plan: &Plan, room: Room) -> Result<(Progress, u64), NoMemory> {
    let (array, nodes) = match room {
        Room::Key(key) => {
            let mut census = Census::load(mem);
            census.add(key);
            census.sizes()
        }
        Room::Parts(slots, nodes) => (slots, nodes),
    };
    // An allocation may collect, which drops what has been done.
    let at = plan.old.extent();
    let new = Parts::make(mem, array, nodes)?;
    mem.set(AT, root::GROWING, t.0);
    mem.set(AT, root::GROWN_AT, at);
    new.give_to(mem, NEW);
    Ok((Progress::Goes, 0))
}

/// All has moved: the table gets its new parts. Tells what is still to be paid.
fn end(mem: &mut Mem<'_>, t: Table, plan: &Plan, room: Room) -> u64 {
    let units = pay_up_to(mem, plan.price(room, u32::MAX));
    for field in [Table::ARRAY_ASIZE, Table::NODE_HMASK] {
        let words = mem.get(NEW.0, field);
        mem.set(t.0, field, words);
    }
    let last_free = mem.get(NEW.0, Table::LASTFREE);
    mem.set(t.0, Table::LASTFREE, last_free);
    barrier::rearranged(mem, t);
    plan.old.release(mem);
    forget(mem);
    units
}
