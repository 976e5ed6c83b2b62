//! Changes of a guest's limits by its host, while it lives: noted in its journal with the guest's time, and made again
//! at that time by a guest that a journal answers. Must not know what limits do.

use crate::account::RingLimits;
use crate::body::{Body, Log};
use crate::guest::Guest;
use bvm_vm::Ring;
use serde::{Deserialize, Serialize};

/// A change of limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Change {
    /// Those of a ring, by its number.
    Ring(u8, RingLimits),
    /// That of the guest's memory, in bytes.
    Memory(u64),
}

impl Guest {
    /// Limits what a ring may use from now on, in addition to the fuel of [`Guest::run`] and the memory of the
    /// guest. Code of the ring that has used its fuel up is stopped at the innermost place where a ring further
    /// inside has called it, which gets an error; the ring cannot catch it. When there is no such place the
    /// run ends with [`Exit::OutOfFuel`](crate::Exit::OutOfFuel), and goes on once the limit is raised.
    ///
    /// A [journal](crate::Journal) has it, with the guest's [time](Guest::time). A guest that a journal answers takes
    /// it from there at the same time, and until the journal is at its end this does nothing.
    pub fn limit(&mut self, ring: Ring, limits: RingLimits) {
        self.with(|body| body.change(Change::Ring(ring as u8, limits)));
    }

    /// Changes the limit of the guest's memory, in bytes: blocks of 32 KiB beyond it are refused from now on. What the
    /// guest has already it keeps. A guest that has stopped with [`Exit::MemoryFull`](crate::Exit::MemoryFull) goes on
    /// where it stands when there is enough. As for journals, see [`Guest::limit`].
    ///
    /// ```
    /// use bvm::{Exit, Guest};
    /// let mut guest = Guest::builder().memory(1 << 20).end_at_memory().build()?;
    /// let fill = guest.load("local t = {} for i = 1, 1e5 do t[i] = {} end", "=fill")?;
    /// guest.start(&fill, &[])?;
    /// assert_eq!(guest.run(10_000_000), Exit::MemoryFull);
    /// assert_eq!(guest.run(0), Exit::MemoryFull);
    /// guest.set_memory_limit(64 << 20);
    /// assert_eq!(guest.run(0), Exit::Done(vec![]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn set_memory_limit(&mut self, bytes: u64) {
        self.with(|body| body.change(Change::Memory(bytes)));
    }
}

impl Body {
    /// Makes a change that the host wants.
    fn change(&mut self, change: Change) {
        if matches!(&self.log, Log::Replay(replay) if replay.left() > 0) {
            return;
        }
        let now = self.time();
        if let Log::Record(journal) = &mut self.log {
            journal.push_change(now, change, std::mem::take(&mut self.is_full));
        }
        self.make(change);
    }

    fn make(&mut self, change: Change) {
        match change {
            Change::Ring(ring, limits) => {
                // A strange journal may name any ring.
                let Some(ring) = Ring::new(ring) else { return };
                self.vm.complete_work();
                self.vm
                    .access(|cpu| crate::account::set_limits(cpu, ring, limits));
            }
            Change::Memory(bytes) => self.vm.set_memory_limit(bytes),
        }
    }

    /// The guest's own time.
    pub(crate) fn time(&mut self) -> u64 {
        self.vm.access(|cpu| cpu.time())
    }

    /// Makes the changes of the journal for which it is time; tells whether there were any.
    #[inline]
    pub(crate) fn make_due_changes(&mut self) -> bool {
        matches!(self.log, Log::Replay(_)) && self.follow_changes()
    }

    fn follow_changes(&mut self) -> bool {
        let mut has_changed = false;
        loop {
            let now = match &self.log {
                Log::Replay(replay) if replay.next_change().is_some() => self.time(),
                _ => return has_changed,
            };
            let Log::Replay(replay) = &mut self.log else {
                return has_changed;
            };
            let Some(change) = replay.take_change(now, &mut self.is_full) else {
                return has_changed;
            };
            self.make(change);
            has_changed = true;
        }
    }

    /// What the machine gets of the fuel for a slice, and of what was held back: no more than takes it to the next change
    /// of the journal. The rest is held back.
    pub(crate) fn portion(&mut self, fuel: u64) -> u64 {
        let at = match &self.log {
            Log::Replay(replay) => replay.next_change(),
            _ => return fuel,
        };
        // Until memory was full the machine had all that there was.
        let spare = u64::try_from(self.vm.fuel_left()).unwrap_or(0);
        if at.is_some() && spare > 0 {
            self.vm.drain_credit();
        }
        let (now, left) = (self.time(), self.vm.fuel_left());
        let Log::Replay(replay) = &mut self.log else {
            return fuel;
        };
        let all = fuel.saturating_add(std::mem::take(&mut replay.held_back));
        let Some(at) = at else { return all };
        let all = all.saturating_add(spare);
        // A machine stops where less than nothing is left: there it shall have come to that time.
        let until = i128::from(at) - i128::from(now) - 1 - i128::from(left);
        let given = u64::try_from(until.max(0)).map_or(all, |until| until.min(all));
        replay.held_back = all - given;
        given
    }

    /// Goes on after the machine has used its fuel up: what it gets of what was held back, if it is to go on.
    pub(crate) fn next_portion(&mut self) -> Option<u64> {
        match &self.log {
            Log::Replay(replay) if replay.held_back > 0 => {}
            _ => return None,
        }
        let has_changed = self.make_due_changes();
        let given = self.portion(0);
        (has_changed || given > 0).then_some(given)
    }
}
