//! A cycle of the collector that is under way in a snapshot: its lists, and what it may rely on. If what is
//! marked were not what the collector thinks, it would free what is in use.

use super::Flaw;
use super::walk::{Check, Walk};
use crate::data::closure::is_open;
use crate::heap::mark::{is_among_open, is_marked};
use crate::heap::{phase, weak};
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Closure, KIND, NativeClosure, Proto, Table, Thread, Upval, Userdata};
use bvm_cage::Field;
use std::collections::HashSet;

/// The objects that the cycle has linked.
#[derive(Default)]
pub(super) struct Lists {
    /// To be scanned, for the first time or again.
    pub gray: HashSet<u32>,
    /// Weak tables that have been scanned.
    pub weak: HashSet<u32>,
    /// Open upvalues that were reached.
    pub opened: HashSet<u32>,
    /// The table or thread of which a part has been scanned.
    pub partial: Option<u32>,
}

impl Lists {
    /// All of them, in the order of their places.
    pub fn all(&self) -> Vec<u32> {
        let all = self.gray.iter().chain(&self.weak).chain(&self.opened);
        let all = all.chain(&self.partial);
        let mut all: Vec<u32> = all.copied().collect();
        all.sort_unstable();
        all
    }

    /// Whether an object's link means something.
    pub fn has(&self, at: u32) -> bool {
        self.gray.contains(&at) || self.weak.contains(&at) || self.opened.contains(&at)
    }
}

fn link_of(kind: u8) -> Option<Field<u32>> {
    Some(match kind {
        Table::KIND => Table::GRAY,
        Closure::KIND => Closure::GRAY,
        NativeClosure::KIND => NativeClosure::GRAY,
        Proto::KIND => Proto::GRAY,
        Thread::KIND => Thread::GRAY,
        Userdata::KIND => Userdata::GRAY,
        Upval::KIND => Upval::OPENED,
        _ => return None,
    })
}

/// Follows the lists of the running cycle.
pub(super) fn lists(mem: &Mem<'_>) -> Check<Lists> {
    let mut lists = Lists::default();
    if mem.get(AT, root::PHASE) != phase::MARK {
        return Ok(lists);
    }
    lists.partial = Some(mem.get(AT, root::PARTIAL)).filter(|&at| at != 0);
    let mut all = HashSet::new();
    for (head, kind) in [
        (root::GRAY, None),
        (root::AGAIN, Some(Thread::KIND)),
        (root::WEAK, Some(Table::KIND)),
        (root::OPENED, Some(Upval::KIND)),
    ] {
        let mut at = mem.get(AT, head);
        while at != 0 {
            let own = mem.get(at, KIND);
            let fits =
                kind.is_none_or(|kind| kind == own) && (kind.is_some() || own != Upval::KIND);
            let link = link_of(own).filter(|_| fits && all.insert(at));
            let link = link.ok_or(Flaw::new(
                "a list of the collector with something wrong",
                at,
            ))?;
            match kind {
                Some(Table::KIND) => lists.weak.insert(at),
                Some(Upval::KIND) => lists.opened.insert(at),
                _ => lists.gray.insert(at),
            };
            at = mem.get(at, link);
        }
    }
    Ok(lists)
}

/// What an object must have been marked for, if the walk's cycle has come to it.
pub(super) struct Duty {
    /// Its parts are kept.
    pub parts: bool,
    /// What it refers to is marked, but for what is weak.
    pub references: bool,
}

impl Duty {
    const NONE: Duty = Duty {
        parts: false,
        references: false,
    };
}

/// What the cycle relies on for the object at `at`.
pub(super) fn duty(walk: &Walk<'_, '_>, at: u32, kind: u8) -> Duty {
    let mem = walk.mem;
    match mem.get(AT, root::PHASE) {
        phase::MARK => {}
        // Everything that can be reached has been.
        phase::SWEEP => {
            return Duty {
                parts: true,
                references: true,
            };
        }
        _ => return Duty::NONE,
    }
    let is_running = at == mem.get(AT, root::THREAD);
    let is_gray = walk.lists.gray.contains(&at) || is_running;
    if !is_marked(mem, at) || is_gray {
        return Duty::NONE;
    }
    let is_partial =
        at == mem.get(AT, root::PARTIAL) || kind == Thread::KIND && is_among_open(mem, at);
    let has_open = kind == Upval::KIND && is_open(mem, Upval(at));
    Duty {
        parts: true,
        references: !is_partial && !has_open,
    }
}

/// What is weak in a table of the running cycle: only what it will look at again.
pub(super) fn weakness(walk: &Walk<'_, '_>, table: u32) -> u8 {
    match walk.lists.weak.contains(&table) {
        true => walk.mem.get(table, Table::WEAKNESS) & (weak::KEYS | weak::VALUES),
        false => 0,
    }
}

/// The cycle's numbers, and the open upvalues that must not lose their stack.
pub(super) fn check(walk: &Walk<'_, '_>) -> Check {
    let mem = walk.mem;
    if mem.get(AT, root::PHASE) != phase::MARK {
        return Ok(());
    }
    for &at in &walk.open {
        let owner = mem.get(at, Upval::OWNER);
        let is_safe =
            !is_marked(mem, at) || walk.lists.opened.contains(&at) || is_marked(mem, owner);
        if !is_safe {
            return Err(Flaw::new("an upvalue whose stack would go", at));
        }
    }
    let cycle = mem.get(AT, root::CYCLE);
    for &at in &walk.threads {
        let is_listed = mem.get(at, Thread::LISTED) == cycle;
        if is_listed != walk.lists.gray.contains(&at) {
            return Err(Flaw::new("a coroutine that the collector has lost", at));
        }
    }
    let partial = mem.get(AT, root::PARTIAL);
    let can_be_partial = || match mem.get(partial, KIND) {
        Table::KIND | Proto::KIND => true,
        // The list from there on is that of a thread.
        Upval::KIND => is_open(mem, Upval(partial)),
        Thread::KIND => mem.get(AT, root::PARTIAL_AT).is_multiple_of(8),
        _ => false,
    };
    if partial != 0 && (!walk.is_known(partial) || !can_be_partial()) {
        return Err(Flaw::new("a scan of what has no pieces", partial));
    }
    Ok(())
}
