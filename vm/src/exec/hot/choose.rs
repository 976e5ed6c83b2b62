//! Which handlers a guest runs with: the one place that chooses them.

use super::{Handlers, Memory, Table, barrier, calls_cold, handlers, load};
use crate::exec::cpu::Cpu;
use crate::exec::hook::{ALL_HOOKED, CALLS_HOOKED};
use crate::heap::phase;
use crate::objects::root::{self, AT};
use bvm_cage::Masked;
use std::sync::LazyLock;

/// What handlers are chosen by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Choice {
    /// `root::HOOKED`, or as if everything were hooked.
    hooked: u32,
    /// Whether the collector is marking.
    is_marking: bool,
}

impl Cpu<'_, '_> {
    /// To be called when something has changed that handlers are chosen by.
    pub(crate) fn choose_handlers(&mut self) {
        let choice = Choice {
            hooked: match self.mem.host().cold_only {
                true => ALL_HOOKED,
                false => self.mem.get(AT, root::HOOKED),
            },
            is_marking: self.mem.get(AT, root::PHASE) == phase::MARK,
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
        static MASKED: LazyLock<[Table<Masked>; 4]> = LazyLock::new(|| {
            [
                (0, false),
                (0, true),
                (CALLS_HOOKED, false),
                (CALLS_HOOKED, true),
            ]
            .map(|(hooked, is_marking)| table_for(Choice { hooked, is_marking }))
        });
        static MASKED_COLD: LazyLock<Table<Masked>> = LazyLock::new(all_cold);
        let [plain, marking, calls, calls_marking] = &*MASKED;
        let masked = match (choice.hooked, choice.is_marking) {
            (0, false) => plain,
            (0, true) => marking,
            (CALLS_HOOKED, false) => calls,
            (CALLS_HOOKED, true) => calls_marking,
            _ => &*MASKED_COLD,
        };
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
    if choice.hooked == CALLS_HOOKED {
        calls_cold(&mut table);
    }
    table
}

/// Every instruction goes through the cold code: for hooks and for comparing engines.
fn all_cold<S: Memory>() -> Table<S> {
    [load::cold::<S>; 256]
}
