//! Which handlers a guest runs with: the one place that chooses them.

use super::{Handlers, Memory, Table, barrier, calls_cold, guard, handlers, load};
use crate::exec::cpu::Cpu;
use crate::exec::hook::{ALL_HOOKED, CALLS_HOOKED};
use crate::heap::phase;
use crate::objects::root::{self, AT};
use crate::ring::Ring;
use bvm_cage::Masked;
use std::sync::LazyLock;

/// What handlers are chosen by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    /// `root::HOOKED`, or as if everything were hooked.
    hooked: u32,
    /// Whether the collector is marking.
    is_marking: bool,
    /// Whether some tables may be sealed against the ring that runs.
    is_guarded: bool,
}

impl Choice {
    /// The choice with this number, from 0 to 7.
    fn numbered(i: usize) -> Choice {
        Choice {
            hooked: if i & 1 == 0 { 0 } else { CALLS_HOOKED },
            is_marking: i & 2 != 0,
            is_guarded: i & 4 != 0,
        }
    }

    /// Its number, unless everything is hooked.
    fn number(self) -> Option<usize> {
        (0..8).find(|&i| Choice::numbered(i) == self)
    }
}

impl Cpu<'_, '_> {
    /// To be called when something has changed that handlers are chosen by.
    pub(crate) fn choose_handlers(&mut self) {
        let choice = Choice {
            hooked: match self.mem.host().cold_only || self.mem.host().stops.is_set {
                true => ALL_HOOKED,
                false => self.mem.get(AT, root::HOOKED),
            },
            is_marking: self.mem.get(AT, root::PHASE) == phase::MARK,
            is_guarded: match self.ring() {
                Ring::Plugin => true,
                Ring::Application => self.mem.get(AT, root::SEALED) != 0,
                Ring::Library => false,
            },
        };
        if choice != self.mem.host().chosen {
            let host = self.mem.host_mut();
            host.chosen = choice;
            host.handlers = Handlers::of(choice);
        }
    }
}

impl Default for Handlers {
    fn default() -> Handlers {
        Handlers::of(Choice::default())
    }
}

impl Handlers {
    fn of(choice: Choice) -> Handlers {
        static MASKED: LazyLock<[Table<Masked>; 8]> =
            LazyLock::new(|| std::array::from_fn(|i| table_for(Choice::numbered(i))));
        static MASKED_COLD: LazyLock<Table<Masked>> = LazyLock::new(all_cold);
        let masked = choice.number().and_then(|i| MASKED.get(i));
        let masked = masked.unwrap_or(&*MASKED_COLD);
        Handlers {
            full: table_for(choice),
            masked,
        }
    }
}

fn table_for<S: Memory>(choice: Choice) -> Table<S> {
    if choice.hooked == ALL_HOOKED {
        return all_cold();
    }
    let mut table = handlers();
    if choice.is_marking {
        barrier::install(&mut table);
    }
    if choice.is_guarded {
        guard::install(&mut table);
    }
    if choice.hooked == CALLS_HOOKED {
        calls_cold(&mut table);
    }
    table
}

/// Every instruction goes through the cold code: for hooks and for comparing engines.
fn all_cold<S: Memory>() -> Table<S> {
    [load::cold::<S>; 256]
}
