//! The guest stands while its collector does what must not be interrupted by it. That is no business of fuel: what was
//! allocated has paid for it, and when it is due depends on what pauses have allocated. So a run may end in the middle
//! with fuel left, which is put by: later runs get it back, but never so much that one takes much longer than it was to.
//! Must not know what the collector does.

use super::cpu::Cpu;
use super::ring::{Place, bring_up_to_date, lease, settle};
use super::stubs;
use crate::data::growth;
use crate::heap::stage::{self, Stage};
use crate::heap::{collect, limit, phase};
use crate::host::{Host, Mem};
use crate::objects::root::{self, AT};

/// How a guest stands for its collector. An image and a snapshot have what they need to go on in [`root::STOOD`].
#[derive(Debug, Default)]
pub(crate) struct Standing {
    /// The engine runs: the guest can be made to stand.
    pub runs: bool,
    /// The instruction under way cannot begin again, so that what it allocates cannot wait for the collector.
    pub is_fixed: bool,
    /// The native under way can, though most cannot.
    pub begins_again: bool,
    /// The number of the cycle that something has waited for that begins again.
    pub waited_for: u32,
    /// The engine has seen at a safepoint that a whole collection is wanted.
    pub sees_want: bool,
    /// What the guest is to stand for, or stands for.
    pub stage: Option<Stage>,
    /// Where it stands, for the next run.
    pub stood_at: Place,
    /// Units of fuel that were left when it had to stand.
    pub put_by: u64,
    /// Work that the collector may still do in this run while it stands.
    pub patience: u64,
    /// The most of it that a run begins with, if its host wants to have the guest back soon, whatever fuel that has.
    pub most_patience: Option<u64>,
    /// The last run has ended in the middle of it, or with fuel left because of it.
    pub has_stood: bool,
    /// When a native has paused or waited for memory last where the guest was to stand and could not, and how far what hinders it
    /// was.
    hindered: Option<(i64, u32, u32)>,
}

/// What images and snapshots have of [`Standing`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Noted {
    sees_want: bool,
    /// What begins again has waited for the last cycle.
    has_waited: bool,
    stood_at: Place,
    /// One that nothing has been done of yet.
    stage: Option<Stage>,
}

impl Noted {
    /// Lets a guest that begins there, after so many cycles, stand so.
    pub fn give_to(self, host: &mut Host, cycle: u32) {
        host.standing.sees_want = self.sees_want;
        host.standing.waited_for = if self.has_waited { cycle } else { 0 };
        host.standing.stood_at = self.stood_at;
        host.standing.stage = self.stage;
    }
}

/// `root::STOOD`: bits of flags, the number of the place from this bit on, and that of the stage.
const SEES_WANT: u8 = 1;
const HAS_WAITED: u8 = 2;
const PLACE: u8 = 2;
const STAGE: u8 = 4;

/// Notes in the root page how the guest stands, for an image or a snapshot.
pub(crate) fn note(mem: &mut Mem<'_>) {
    let standing = &mem.host().standing;
    let flag = |is_set, bit| if is_set { bit } else { 0 };
    let stands = collect::holds(mem) || mem.get(AT, root::MEMORY_LENT) != 0;
    let place = match standing.stood_at {
        _ if !stands => 0,
        Place::Elsewhere => 0,
        Place::Checkpoint => 1,
        Place::Pause => 2,
        Place::Memory => 3,
    };
    let stage = match standing.stage {
        Some(Stage::EndMarking) => 1,
        Some(Stage::Flip) => 2,
        Some(Stage::Anew(0)) => 3,
        _ => 0,
    };
    let noted = flag(standing.sees_want, SEES_WANT)
        | flag(limit::has_waited(mem), HAS_WAITED)
        | place << PLACE
        | stage << STAGE;
    mem.set(AT, root::STOOD, noted);
    if mem.get(AT, root::MEMORY_LENT) == 0 {
        mem.set(AT, root::MEMORY_WANTED, 0);
    }
}

/// What is noted, as far as it can be so.
pub(crate) fn noted(mem: &Mem<'_>) -> Noted {
    let noted = mem.get(AT, root::STOOD);
    let has_swept = mem.get(AT, root::SWEEP_AT) >= mem.get(AT, root::SWEEP_END);
    Noted {
        sees_want: noted & SEES_WANT != 0 && mem.get(AT, root::GC_WHOLE) != 0,
        has_waited: noted & HAS_WAITED != 0,
        stood_at: match noted >> PLACE & 3 {
            0 => Place::Elsewhere,
            1 => Place::Checkpoint,
            2 => Place::Pause,
            _ => Place::Memory,
        },
        stage: match (noted >> STAGE & 3, mem.get(AT, root::PHASE)) {
            (1, phase::MARK) => Some(Stage::EndMarking),
            (2, phase::SWEEP) if has_swept => Some(Stage::Flip),
            (3, _) => Some(Stage::Anew(0)),
            _ => None,
        },
    }
}

/// Lets a restored guest stand as is noted.
pub(crate) fn take_up(mem: &mut Mem<'_>) {
    let cycle = mem.get(AT, root::CYCLE);
    noted(mem).give_to(mem.host_mut(), cycle);
}

/// Units of work that the collector may do in a run for each unit of fuel, while the guest stands.
const WORK_PER_UNIT: u64 = 4;
/// The least work that it may do in a run.
const LEAST: u64 = 256;

/// A run with so much new fuel begins. Tells how much it has with what was put by: at most twice as much, unless it gets
/// nothing new.
#[inline]
pub(crate) fn run_begins(mem: &mut Mem<'_>, fuel: u64) -> u64 {
    let host = mem.host_mut();
    host.standing.runs = true;
    // One that brings nothing goes on with the last one, as behind a hypercall.
    let patience = match fuel {
        0 => host.standing.patience,
        fuel => fuel.saturating_mul(WORK_PER_UNIT),
    };
    let most = host.standing.most_patience.unwrap_or(u64::MAX);
    host.standing.patience = patience.min(most).max(LEAST);
    let back = match fuel {
        0 => host.standing.put_by,
        fuel => host.standing.put_by.min(fuel),
    };
    host.standing.put_by -= back;
    fuel.saturating_add(back)
}

/// A run has ended, because the guest stands or its fuel is used up, or for another reason. What is left when it stands is put
/// by. Tells whether it looks from outside as if it stood.
#[inline]
pub(crate) fn run_ends(mem: &mut Mem<'_>, stands: bool, is_dry: bool) -> bool {
    mem.host_mut().standing.runs = false;
    match stands {
        true => put_by(mem),
        false => bring_up_to_date(mem),
    }
    let has_more = mem.host().standing.put_by > 0;
    let looks_so = stands || is_dry && has_more && mem.get(AT, root::OVERDRAWN) == 0;
    mem.host_mut().standing.has_stood = looks_so;
    looks_so
}

#[cold]
fn put_by(mem: &mut Mem<'_>) {
    let slice = settle(mem, mem.get(AT, root::FUEL));
    let units = slice.max(0) / 8;
    let put_by = &mut mem.host_mut().standing.put_by;
    *put_by = put_by.saturating_add(units as u64);
    let left = lease(mem, slice - units * 8);
    mem.set(AT, root::FUEL, left);
}

/// What standing has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stood {
    /// There was nothing to stand for, or it is done.
    Over,
    /// The run ends: that was as much as belongs into one.
    Enough,
    /// The run ends: its fuel is used up.
    Dry,
    /// The account that pays is used up, and its owner is to be stopped.
    Overdrawn,
}

impl Cpu<'_, '_> {
    /// Where fuel is looked at: lets the collector do what the guest stands for, if anything. Of that a whole collection, when
    /// memory is full, is charged.
    pub(super) fn stand(&mut self, place: Place) -> Stood {
        if !collect::holds(self.mem) {
            return Stood::Over;
        }
        if !self.can_stand(place) {
            self.note_hindrance(place);
            return Stood::Over;
        }
        let (top, end) = (self.top(), self.live_end());
        self.set_top_at(end);
        let goes_on = self.is_noted();
        let stood = self.let_collect(place);
        self.set_top_at(top);
        self.choose_handlers();
        if place == Place::Memory || goes_on {
            // What has been paid for a table that is to grow, or for a long string, is paid, though time has gone by.
            self.note_growth();
        }
        if stood != Stood::Over {
            self.mem.host_mut().standing.stood_at = place;
        }
        stood
    }

    /// What hinders the guest from standing goes on whenever it is run. It does not where a strange snapshot says that there is
    /// something of the kind, and would hinder it for ever.
    #[cold]
    fn note_hindrance(&mut self, place: Place) {
        if !matches!(place, Place::Pause | Place::Memory) {
            return;
        }
        let state = (
            self.mem.get(AT, root::ELAPSED),
            self.mem.get(AT, root::GROWING),
            self.mem.get(AT, root::GROWN_AT),
        );
        if self.mem.host_mut().standing.hindered.replace(state) == Some(state) {
            growth::forget(self.mem);
            self.forget_loading();
        }
    }

    fn let_collect(&mut self, place: Place) -> Stood {
        loop {
            if stage::waits(self.mem) {
                let work = collect::stand(self.mem);
                let patience = &mut self.mem.host_mut().standing.patience;
                *patience = patience.saturating_sub(work.max(1));
                if *patience == 0 && collect::holds(self.mem) {
                    return Stood::Enough;
                }
            } else if self.mem.host().standing.sees_want {
                collect::stand_for_whole(self.mem);
                self.charge_collector();
                if self.balance() < 0 {
                    return Stood::Dry;
                }
                if self.is_overdrawn(place) {
                    return Stood::Overdrawn;
                }
            } else {
                return Stood::Over;
            }
        }
    }

    /// Whether it is known here what is alive: not where something has returned and nobody has taken its results. A table
    /// that grows would have to begin again, which it has to anyway if there was no memory for it. A function that is made
    /// in portions is made at once where fuel does not end.
    fn can_stand(&self, place: Place) -> bool {
        let is_clear =
            !stubs::is_stub(self.ip) || self.ip == stubs::NATIVE_RUN || stubs::has_own_top(self.ip);
        is_clear
            && !self.is_loading()
            && (place == Place::Memory || !growth::is_under_way(self.mem))
    }
}
