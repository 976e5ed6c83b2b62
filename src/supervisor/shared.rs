//! What all threads of a supervisor share, and how a guest is got hold of: by its place's lock, for a moment,
//! with what follows for other guests done afterwards. Must not know why somebody wants it.

use super::Refusal;
use super::arena::{Arena, Id, Slot};
use super::budget::Budget;
use super::clock::{Alarms, Clock, Time};
use super::control::{Control, Counters};
use super::events::{Event, Feed};
use super::held::Held;
use super::mail::{Message, Post};
use super::names::Names;
use super::plan::Plan;
use super::queue::Queues;
use super::state::{Act, State};
use crate::guest::Guest;
use std::cell::Cell;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the threads of a supervisor share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub arena: Arena,
    pub queues: Queues,
    pub alarms: Alarms,
    pub clock: Clock,
    pub feed: Feed,
    pub names: Names,
    /// Messages to whoever owns the supervisor.
    pub post: Post,
    /// Units in a turn of a guest of weight 100, and most between two looks at what it is asked to do.
    pub slice: u64,
    /// What guests have done that are gone.
    pub past: Mutex<Counters>,
    /// Whether the supervisor was dropped by a thread of its own, which is to drop what is left when it ends.
    pub is_orphaned: AtomicBool,
}

thread_local! {
    /// Whether this thread is in the middle of a guest's turn. Its host must not wait for guests then.
    static IN_TURN: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is in the middle of a guest's turn.
pub(crate) fn is_in_turn() -> bool {
    IN_TURN.get()
}

/// Runs a guest's turn on this thread.
pub(crate) fn in_turn<R>(turn: impl FnOnce() -> R) -> R {
    let before = IN_TURN.replace(true);
    let result = turn();
    IN_TURN.set(before);
    result
}

/// News for a guest.
#[derive(Debug)]
pub(crate) enum News {
    /// A message about another guest's end, to one of its lives.
    Letter(u64, Message),
    /// A guest that one of its lives is linked to has ended.
    Follow(u64),
    /// It is to be started again.
    Restart,
}

/// What is left to do once a guest is let go: nobody holds two of them.
#[derive(Debug, Default)]
pub(crate) struct Aftermath {
    /// A guest's memory, given back without a lock.
    pub heap: Option<Box<Guest>>,
    /// A plan that nobody needs any more, with code of its owner.
    pub plan: Option<Arc<Plan>>,
    pub news: VecDeque<(Id, News)>,
    /// Places that are free.
    pub gone: Vec<Id>,
}

impl Shared {
    /// Holds the guest in a place for a moment, then does what follows.
    pub fn with<R>(self: &Arc<Self>, slot: &Slot, act: impl FnOnce(&mut Held<'_>) -> R) -> R {
        let control = slot.lock();
        let (result, after) = self.enter(slot, control, act);
        self.settle(after);
        result
    }

    fn enter<R>(
        &self,
        slot: &Slot,
        mut control: MutexGuard<'_, Control>,
        act: impl FnOnce(&mut Held<'_>) -> R,
    ) -> (R, Aftermath) {
        let mut held = Held::new(self, &mut control);
        let result = act(&mut held);
        let after = held.finish();
        let is_awaited = control.wanted > 0 || control.awaited > 0;
        // Who is called wants the lock.
        drop(control);
        if is_awaited {
            slot.changed.notify_all();
        }
        (result, after)
    }

    /// Holds a guest that no thread has: waits for the end of its turn.
    pub fn at_rest<R>(
        self: &Arc<Self>,
        id: Id,
        act: impl FnOnce(&mut Held<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let slot = self.arena.slot(id).ok_or(Refusal::NoSuchGuest(id))?;
        let mut control = slot.lock();
        control.wanted += 1;
        while control.is_taken && control.id == id {
            if is_in_turn() {
                control.wanted -= 1;
                return Err(Refusal::InsideTurn);
            }
            control = slot
                .changed
                .wait(control)
                .unwrap_or_else(PoisonError::into_inner);
        }
        control.wanted -= 1;
        let (result, after) = self.enter(slot, control, |held| {
            held.check(id)?;
            act(held)
        });
        self.settle(after);
        result
    }

    /// Looks at a guest, whatever it is doing.
    pub fn glance<R>(
        self: &Arc<Self>,
        id: Id,
        act: impl FnOnce(&mut Held<'_>) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let slot = self.arena.slot(id).ok_or(Refusal::NoSuchGuest(id))?;
        self.with(slot, |held| {
            held.check(id)?;
            act(held)
        })
    }

    /// Does what follows from what has been done, for one guest after the other.
    pub fn settle(self: &Arc<Self>, after: Aftermath) {
        let Aftermath {
            heap,
            plan,
            mut news,
            gone,
        } = after;
        self.bury(heap, plan, gone);
        while let Some((id, item)) = news.pop_front() {
            if let News::Restart = item {
                // A guest that cannot be started again has become one that failed.
                let _ = self.begin(id, Act::Restart);
                continue;
            }
            let Some(slot) = self.arena.slot(id) else {
                continue;
            };
            let control = slot.lock();
            if control.id != id || control.state() == State::Gone {
                continue;
            }
            let ((), more) = self.enter(slot, control, |held| held.hear(item));
            self.bury(more.heap, more.plan, more.gone);
            news.extend(more.news);
        }
    }

    fn bury(&self, heap: Option<Box<Guest>>, plan: Option<Arc<Plan>>, gone: Vec<Id>) {
        // With a guest goes its host, whose code may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop((heap, plan))));
        for id in gone {
            self.arena.release(id);
        }
    }

    /// Drops all guests. They know the supervisor by their hosts: without them nobody does.
    pub fn clear(&self) {
        for slot in self.arena.slots() {
            let mut control = slot.lock();
            let (heap, plan) = (control.machine.take(), control.plan.take());
            drop(control);
            self.bury(heap, plan, Vec::new());
        }
    }

    /// The counters of those who are gone.
    pub fn past(&self) -> MutexGuard<'_, Counters> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// Lets all who wait for a budget look again.
    pub fn tell_family(self: &Arc<Self>, budget: &Budget) {
        if !budget.is_shared() {
            return;
        }
        for slot in self.arena.slots() {
            self.with(slot, |held| {
                if held.control.budget.is(budget) {
                    held.refilled();
                }
            });
        }
    }

    /// Tells of a change.
    pub fn tell(&self, guest: Id, change: super::state::Change) {
        self.feed.tell(|| Event {
            guest,
            change,
            at: Duration::from_nanos(self.now()),
        });
    }
}
