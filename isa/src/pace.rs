//! How work for a guest keeps pace with what the guest has paid for: it is done in stages, each tells how far it is,
//! and waits where it has come too far. Must not know what the work is, nor how one waits.
//!
//! ```
//! use bvm_isa::pace::{Gate, Pace, Stopped, WHOLE};
//! use std::cell::Cell;
//!
//! /// Lets a quarter of the work be done at a time, and counts how often.
//! struct Quarters(Cell<u32>);
//!
//! impl Gate for Quarters {
//!     fn wait(&self, done: u64) -> Result<u64, Stopped> {
//!         self.0.set(self.0.get() + 1);
//!         Ok(done + WHOLE / 4)
//!     }
//! }
//!
//! let gate = Quarters(Cell::new(0));
//! let pace = Pace::through(&gate);
//! let stage = pace.stage(100, 1_024);
//! for item in 0..1_024 {
//!     stage.reach(item)?;
//! }
//! assert_eq!(gate.0.get(), 4);
//! # Ok::<(), Stopped>(())
//! ```

use std::any::Any;
use std::cell::{Cell, RefCell};

/// All the work, in the parts that gates count.
pub const WHOLE: u64 = 1 << 32;

/// Nobody wants the work any more. What was under way ends with an error, whichever is at hand: nobody reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

/// Where work waits.
pub trait Gate {
    /// Waits until more than `done` parts of [`WHOLE`] may be done; gives how many.
    ///
    /// # Errors
    /// The work is to stop. From then on this is always the answer.
    fn wait(&self, done: u64) -> Result<u64, Stopped>;

    /// Frees what the work needs no longer, soon: here, or where nobody waits for it.
    fn discard(&self, scraps: Scraps) {
        drop(scraps);
    }
}

/// What work has made and needs no longer.
pub type Scraps = Box<dyn Any + Send>;

/// The pace of some work, from its first stage to its last.
pub struct Pace<'g> {
    gate: Option<&'g dyn Gate>,
    /// Parts that may be done.
    allowed: Cell<u64>,
    /// Parts that the stages begun so far come to.
    begun: Cell<u64>,
    scraps: RefCell<Vec<Scraps>>,
}

impl<'g> Pace<'g> {
    /// The pace of work that never waits.
    pub fn free() -> Pace<'g> {
        Pace {
            gate: None,
            allowed: Cell::new(u64::MAX),
            begun: Cell::new(0),
            scraps: RefCell::default(),
        }
    }

    /// The pace of work that may do nothing before it has waited at a gate.
    pub fn through(gate: &'g dyn Gate) -> Pace<'g> {
        Pace {
            gate: Some(gate),
            allowed: Cell::new(0),
            begun: Cell::new(0),
            scraps: RefCell::default(),
        }
    }

    /// Keeps what the work has made and needs no longer until the pace is dropped, which may be when nobody waits any
    /// more: freeing much takes long. What work that never waits has made is freed here.
    pub fn put_away<T: Send + 'static>(&self, scraps: T) {
        if self.gate.is_some() {
            self.scraps.borrow_mut().push(Box::new(scraps));
        }
    }

    /// Gives much away that would be in the way until the pace is dropped. It is freed soon.
    pub fn give_away<T: Send + 'static>(&self, scraps: T) {
        match self.gate {
            Some(gate) => gate.discard(Box::new(scraps)),
            None => drop(scraps),
        }
    }

    /// Begins the next stage, which is `percent` of what all stages before have left, and has `size` steps. The one
    /// before is over.
    pub fn stage(&self, percent: u32, size: usize) -> Stage<'_> {
        let start = self.begun.get();
        let share = WHOLE.saturating_sub(start) * u64::from(percent.min(100)) / 100;
        self.begun.set(start + share);
        let stage = Stage {
            pace: self,
            start,
            share,
            size: size.max(1) as u64,
            until: Cell::new(0),
            at: Cell::new(0),
            aside: Cell::new(0),
        };
        stage.until.set(stage.steps_allowed());
        stage
    }
}

/// A stage of some work.
#[derive(Debug)]
pub struct Stage<'p> {
    pace: &'p Pace<'p>,
    /// Parts that were done before it.
    start: u64,
    /// Parts that it comes to.
    share: u64,
    size: u64,
    /// The first step that has to wait.
    until: Cell<usize>,
    /// The last step that was said to be next, and how many there were aside.
    at: Cell<usize>,
    aside: Cell<usize>,
}

impl Stage<'_> {
    /// Says that `step` is next, counted from 0, and waits if it may not be done yet.
    ///
    /// # Errors
    /// The work is to stop.
    #[inline(always)]
    pub fn reach(&self, step: usize) -> Result<(), Stopped> {
        self.at.set(step);
        match step < self.until.get() {
            true => Ok(()),
            false => self.wait(step),
        }
    }

    /// Says that there is work to do between two steps, which comes to so many others, and waits if it may not be done yet. The
    /// size of the stage has to count those.
    ///
    /// # Errors
    /// The work is to stop.
    pub fn step_aside(&self, steps: usize) -> Result<(), Stopped> {
        self.aside.set(self.aside.get() + steps);
        self.until.set(self.until.get().saturating_sub(steps));
        let at = self.at.get();
        match at < self.until.get() {
            true => Ok(()),
            false => self.wait(at),
        }
    }

    /// [`Pace::put_away`].
    pub fn put_away<T: Send + 'static>(&self, scraps: T) {
        self.pace.put_away(scraps);
    }

    #[cold]
    #[inline(never)]
    fn wait(&self, step: usize) -> Result<(), Stopped> {
        let Some(gate) = self.pace.gate else {
            return Ok(());
        };
        let aside = self.aside.get();
        let done = self.start + self.parts((step + aside) as u64);
        self.pace.allowed.set(gate.wait(done)?);
        let until = self.steps_allowed().saturating_sub(aside);
        self.until.set(until.max(step + 1));
        Ok(())
    }

    /// What so many steps come to. Those beyond the size are for nothing.
    fn parts(&self, steps: u64) -> u64 {
        let parts = u128::from(self.share) * u128::from(steps.min(self.size));
        (parts / u128::from(self.size)) as u64
    }

    /// How many steps may be done.
    fn steps_allowed(&self) -> usize {
        match self.pace.allowed.get().checked_sub(self.start) {
            None => 0,
            Some(parts) if parts >= self.share => usize::MAX,
            Some(parts) => {
                let steps = u128::from(parts) * u128::from(self.size);
                (steps / u128::from(self.share.max(1))) as usize
            }
        }
    }
}

impl std::fmt::Debug for Pace<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace")
            .field("allowed", &self.allowed)
            .field("begun", &self.begun)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    /// Notes what it is asked, and allows a little more each time, until it has allowed all it has.
    struct Notes(RefCell<Vec<u64>>, u64);

    impl Gate for Notes {
        fn wait(&self, done: u64) -> Result<u64, Stopped> {
            self.0.borrow_mut().push(done);
            match done < self.1 {
                true => Ok(done + WHOLE / 64),
                false => Err(Stopped),
            }
        }
    }

    fn work(pace: &Pace<'_>) -> Result<(), Stopped> {
        for (percent, size) in [(50, 10_000), (50, 3), (100, 1_000_000)] {
            let stage = pace.stage(percent, size);
            for step in 0..size {
                stage.reach(step)?;
            }
        }
        Ok(())
    }

    #[test]
    fn work_waits_in_even_steps_in_all_stages() {
        let gate = Notes(RefCell::default(), WHOLE);
        assert_eq!(work(&Pace::through(&gate)), Ok(()));
        let waits = gate.0.into_inner();
        // The stage of three steps waits before each of them only.
        assert_eq!(waits.len(), 32 + 3 + 17, "{waits:?}");
        assert!(waits.is_sorted(), "{waits:?}");
    }

    #[test]
    fn work_stops_where_it_is_told_to() {
        let gate = Notes(RefCell::default(), WHOLE / 3);
        assert_eq!(work(&Pace::through(&gate)), Err(Stopped));
    }

    #[test]
    fn work_aside_is_waited_for_like_steps() {
        let gate = Notes(RefCell::default(), WHOLE);
        let pace = Pace::through(&gate);
        let stage = pace.stage(100, 2_000);
        for step in 0..1_000 {
            assert_eq!(stage.reach(step), Ok(()));
            // All the work aside is done in the middle.
            for _ in 0..if step == 500 { 1_000 } else { 0 } {
                assert_eq!(stage.step_aside(1), Ok(()));
            }
        }
        let waits = gate.0.take();
        assert!((62..=66).contains(&waits.len()), "{waits:?}");
        assert!(waits.is_sorted(), "{waits:?}");
    }

    #[test]
    fn what_is_put_away_lives_as_long_as_the_pace() {
        let thing = std::sync::Arc::new(());
        let gate = Notes(RefCell::default(), WHOLE);
        for (pace, lives) in [(Pace::through(&gate), 2), (Pace::free(), 1)] {
            pace.put_away(thing.clone());
            assert_eq!(std::sync::Arc::strong_count(&thing), lives);
            drop(pace);
            assert_eq!(std::sync::Arc::strong_count(&thing), 1);
        }
    }

    #[test]
    fn free_work_never_waits() {
        assert_eq!(work(&Pace::free()), Ok(()));
    }
}
