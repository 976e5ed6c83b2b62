//! The guest stands while its collector does what must not be interrupted by it. That is no business of fuel: what was
//! allocated has paid for it, and when it is due depends on what pauses have allocated. So a run may end in the middle
//! with fuel left, which is put by: later runs get it back, but never so much that one takes much longer than it was to.
//! Must not know what the collector does.

use super::cpu::Cpu;
use super::ring::{bring_up_to_date, lease, settle};
use super::stubs;
use crate::data::growth;
use crate::exit::Exit;
use crate::heap::{collect, stage};
use crate::host::Mem;
use crate::objects::root::{self, AT};

/// Units of work that the collector may do in a run for each unit of fuel, while the guest stands.
const WORK_PER_UNIT: u64 = 4;
/// The least work that it may do in a run.
const LEAST: u64 = 1024;

/// A run with so much new fuel begins. Tells how much it has with what was put by: at most twice as much, unless it gets
/// nothing new.
pub(crate) fn run_begins(mem: &mut Mem<'_>, fuel: u64) -> u64 {
    let host = mem.host_mut();
    host.runs = true;
    host.patience = fuel.saturating_mul(WORK_PER_UNIT).max(LEAST);
    let back = match fuel {
        0 => host.put_by,
        fuel => host.put_by.min(fuel),
    };
    host.put_by -= back;
    fuel.saturating_add(back)
}

/// A run has ended. What is left when the guest stands is put by; tells how it looks from outside.
pub(crate) fn run_ends(mem: &mut Mem<'_>, exit: Exit) -> Exit {
    mem.host_mut().runs = false;
    match exit {
        Exit::Collecting => put_by(mem),
        _ => bring_up_to_date(mem),
    }
    let is_overdrawn = mem.get(AT, root::OVERDRAWN) != 0;
    match exit {
        Exit::OutOfFuel if mem.host().put_by > 0 && !is_overdrawn => Exit::Collecting,
        exit => exit,
    }
}

fn put_by(mem: &mut Mem<'_>) {
    let slice = settle(mem, mem.get(AT, root::FUEL));
    let units = slice.max(0) / 8;
    let put_by = &mut mem.host_mut().put_by;
    *put_by = put_by.saturating_add(units as u64);
    let left = lease(mem, slice - units * 8);
    mem.set(AT, root::FUEL, left);
}

impl Cpu<'_, '_> {
    /// Where fuel is looked at: lets the collector do what the guest stands for, if anything. Tells whether the run has to
    /// end before it is done.
    pub(crate) fn stands(&mut self) -> bool {
        if !stage::waits(self.mem) || !self.can_stand() {
            return false;
        }
        let (top, end) = (self.top(), self.live_end());
        self.set_top_at(end);
        let goes = self.stand();
        self.set_top_at(top);
        self.choose_handlers();
        goes
    }

    fn stand(&mut self) -> bool {
        loop {
            let (work, goes) = collect::stand(self.mem);
            let patience = &mut self.mem.host_mut().patience;
            *patience = patience.saturating_sub(work.max(1));
            if !goes || *patience == 0 {
                return goes;
            }
        }
    }

    /// Whether it is known here what is alive: not where something has returned and nobody has taken its results. A table
    /// that grows would have to begin again.
    fn can_stand(&self) -> bool {
        let is_clear = !stubs::is_stub(self.ip) || self.ip == stubs::NATIVE_RUN;
        is_clear && !growth::is_under_way(self.mem)
    }
}
