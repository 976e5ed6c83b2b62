//! Tables that grow: what that costs, and how an instruction or a native waits for fuel while a large one does. How it
//! is done is in `data::growth`.

use super::cpu::Cpu;
use crate::data::growth::{self, Progress, Room};
use crate::data::unfinished;
use crate::error::Raise;
use crate::heap;
use crate::objects::Table;
use crate::objects::root::{self, AT};
use bvm_isa::Op;

/// How a table may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Growing {
    /// Whoever asks cannot wait.
    AtOnce,
    /// When fuel ends before a large table has grown, whoever asks begins again later.
    InPortions,
    /// The same, and nothing is done for a large table now.
    Later,
}

impl Cpu<'_, '_> {
    /// Makes room in a table. A rehash visits every slot: that work is paid when it happens.
    ///
    /// # Errors
    /// No memory; no fuel for all of it now.
    #[cold]
    pub(super) fn make_room(
        &mut self,
        t: Table,
        room: Room,
        growing: Growing,
    ) -> Result<(), Raise> {
        if !room.is_large(self.mem, t) || growing == Growing::AtOnce {
            let units = room.make_at_once(self.mem, t)?;
            self.take_fuel(units);
            return Ok(());
        }
        if growing == Growing::Later || self.is_leaf() {
            return Err(Raise::OutOfFuel);
        }
        self.take_up_growth();
        loop {
            let (progress, units) = match self.grow_on(t, room) {
                Ok(done) => done,
                Err(raise) => {
                    // Nobody else knows a table that is being made.
                    if growth::in_the_making(self.mem).is_some() {
                        growth::drop_parts(self.mem);
                    }
                    return Err(raise);
                }
            };
            self.take_fuel(units);
            if progress == Progress::Done {
                self.has_grown();
                return Ok(());
            }
            if self.fuel.units(self.ip) == 0 {
                return Err(self.pause_instruction());
            }
        }
    }

    /// Whoever changes a table while the guest is not running says so before: it may be one that waits to grow.
    #[inline]
    pub fn changes(&mut self, t: Table) {
        if self.mem.get(AT, root::GROWING) == t.0 {
            growth::drop_parts(self.mem);
        }
    }

    /// A large table has grown. If the collector is due for that, it comes now, and not behind the instruction again: it
    /// would depend on when fuel has ended whether that has allocated. NEWTABLE always has, and nothing holds its table yet.
    fn has_grown(&mut self) {
        if self.in_native() || self.word().op() == Some(Op::NewTable) {
            return;
        }
        if heap::due(self.mem) {
            let (top, end) = (self.top(), self.live_end());
            self.set_top_at(end);
            self.collect_due();
            self.set_top_at(top);
        }
        self.given = self.mem.get(AT, root::GIVEN);
    }

    /// The table that the instruction at `ip` has begun to make when it paused.
    pub(super) fn table_in_the_making(&mut self) -> Option<Table> {
        self.take_up_growth();
        growth::in_the_making(self.mem)
    }

    /// One portion, with the walks along chains that it takes: they are not made again, as those before it are when
    /// the step or instruction begins again.
    fn grow_on(&mut self, t: Table, room: Room) -> Result<(Progress, u64), Raise> {
        let owed = self.mem.host().walked.take();
        let done = growth::go_on(self.mem, t, room);
        self.pay_for_walks();
        self.mem.host().walked.set(owed);
        Ok(done?)
    }

    /// What was paid for a growth counts only if nothing has happened since it paused.
    fn take_up_growth(&mut self) {
        if growth::is_under_way(self.mem) {
            self.balance();
            if self.mem.get(AT, root::GROWN_WHEN) != self.mem.get(AT, root::ELAPSED) {
                growth::forget(self.mem);
            }
        }
    }

    /// The instruction, or the step of a native, waits for fuel and begins again then.
    #[cold]
    pub(super) fn pause_instruction(&mut self) -> Raise {
        self.has_paused = true;
        if !self.in_native() {
            self.begins_again();
        }
        Raise::OutOfFuel
    }

    /// The instruction at `ip` has begun and will begin again, which nobody is to see.
    pub(super) fn begins_again(&mut self) {
        self.hooks_are_done();
        self.stop_is_passed();
    }

    /// Whether nothing has happened since that was noted last.
    pub(super) fn is_noted(&mut self) -> bool {
        self.balance();
        self.mem.get(AT, root::GROWN_WHEN) == self.mem.get(AT, root::ELAPSED)
    }

    /// The growth under way, or the string that is made in portions, if there is one, goes on if nothing happens before.
    pub(super) fn note_growth(&mut self) {
        if growth::is_under_way(self.mem) || unfinished::progress(self.mem).is_some() {
            self.balance();
            let now = self.mem.get(AT, root::ELAPSED);
            self.mem.set(AT, root::GROWN_WHEN, now);
        }
    }
}
