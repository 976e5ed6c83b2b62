//! All that a supervisor knows about one guest, under the guest's lock. Must not decide what happens.

use super::arena::Id;
use super::budget::Budget;
use super::clock::Time;
use super::mail::Inbox;
use super::plan::{Fuel, Limits, Plan};
use super::state::{Life, State, Wait};
use crate::error::{Error, Frame};
use crate::guest::Guest;
use crate::journal::Journal;
use crate::saved::Image;
use crate::value::Value;
use bvm_vm::Ring;
use std::sync::Arc;

/// How a guest's program ended, or why it did not begin.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned these values. Handles among them name nothing any more.
    Done(Vec<Value>),
    /// It asked to end with this code.
    Ended(i64),
    /// It failed with this message.
    Error(Vec<u8>),
    /// It could not be started.
    Failed(Error),
    /// Its host panicked with this message.
    Panic(String),
}

/// What a guest has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Units of fuel used.
    pub fuel: u64,
    /// Turns on a thread.
    pub turns: u64,
    /// Changes of state.
    pub changes: u64,
    /// Requests to its host, to the supervisor included.
    pub hypercalls: u64,
    /// Bytes written to its host's streams.
    pub output: u64,
    /// Messages that it has sent.
    pub sent: u64,
    /// Messages that have arrived.
    pub received: u64,
    /// Messages to it that found no room.
    pub refused: u64,
    /// Times it was started again by policy.
    pub restarts: u64,
}

impl Counters {
    pub(super) fn add(&mut self, other: &Counters) {
        self.fuel += other.fuel;
        self.turns += other.turns;
        self.changes += other.changes;
        self.hypercalls += other.hypercalls;
        self.output += other.output;
        self.sent += other.sent;
        self.received += other.received;
        self.refused += other.refused;
        self.restarts += other.restarts;
    }
}

/// What a guest may still hand out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quota {
    /// Bytes for streams.
    pub output: u64,
    /// Messages.
    pub messages: u64,
}

impl Quota {
    /// That of a guest with these limits, which has handed out nothing.
    pub fn of(limits: &Limits) -> Quota {
        Quota {
            output: limits.output,
            messages: limits.messages,
        }
    }

    /// Takes from one of the two, if it has so much; says whether it has.
    pub fn take(left: &mut u64, count: u64) -> bool {
        let rest = left.checked_sub(count);
        *left = rest.unwrap_or(*left);
        rest.is_some()
    }
}

/// How a guest cares for another one's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tie {
    /// It gets a message.
    Monitor,
    /// It ends, too, unless the other one has halted.
    Link,
}

/// A guest that watches another one, in one of its lives: a later one has not asked for that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Watcher {
    pub id: Id,
    pub life: u64,
    pub tie: Tie,
}

/// Most guests that watch one.
const MOST_WATCHERS: usize = 1000;

/// What is known about one guest.
#[derive(Debug)]
pub(crate) struct Control {
    /// Who has the place.
    pub id: Id,
    pub life: Life,
    /// How many of its lives are over: it may be started again.
    pub lives: u64,
    /// What others find it by.
    pub name: Option<Arc<str>>,
    pub plan: Option<Arc<Plan>>,
    pub limits: Limits,
    /// The guest itself, while no thread works with it.
    pub machine: Option<Box<Guest>>,
    /// Whether a thread has the guest, or makes it.
    pub is_taken: bool,
    /// Whether a thread that has it runs it.
    pub runs: bool,
    /// Whether it is in a queue.
    pub is_queued: bool,
    /// Whether it woke in the middle of a turn.
    pub has_woken: bool,
    /// Verbs that wait until no thread has it.
    pub wanted: u32,
    /// Threads that wait for its end.
    pub awaited: u32,
    /// Whether it is to follow a guest that it was linked to.
    pub is_doomed: bool,
    pub budget: Budget,
    pub quota: Quota,
    /// Units left of its turn.
    pub turn: i64,
    /// Units of its next slice at most.
    pub pace: u64,
    /// Turns of others, by the count of the queues, after which a guest that has waited gets a new one.
    pub round: u64,
    /// When its time is over.
    pub deadline: Time,
    /// When it stops waiting; unknown for a guest that has begun to wait elsewhere.
    pub patience: Option<Time>,
    /// When its bucket has fuel again, if it waits for that.
    pub refill: Time,
    /// When its alarm goes off.
    pub alarm: Time,
    /// Whether a policy is about to start it again.
    pub restarts_soon: bool,
    /// Times that policies have started it again since a verb did.
    pub restarts: u32,
    pub inbox: Inbox,
    pub watchers: Vec<Watcher>,
    pub outcome: Option<Outcome>,
    /// The stack of the error that has ended it.
    pub traceback: Vec<Frame>,
    pub saved: Option<Arc<[u8]>>,
    /// What it has recorded until its end.
    pub journal: Option<Journal>,
    /// The ring of its program, once it has been made.
    pub ring: Ring,
    /// An image of it as it stands.
    pub image: Option<Arc<Image>>,
    /// Bytes in use when its last turn ended.
    pub memory: u64,
    pub counters: Counters,
}

impl Control {
    /// That of no guest.
    pub fn empty() -> Control {
        Control {
            id: Id::from_number(0),
            life: Life::NEW,
            lives: 0,
            name: None,
            plan: None,
            limits: Limits::default(),
            machine: None,
            is_taken: false,
            runs: false,
            is_queued: false,
            has_woken: false,
            wanted: 0,
            awaited: 0,
            is_doomed: false,
            budget: Budget::new(Fuel::Unlimited, 0),
            quota: Quota::of(&Limits::default()),
            turn: 0,
            pace: u64::MAX,
            round: 0,
            deadline: Time::MAX,
            patience: None,
            refill: Time::MAX,
            alarm: Time::MAX,
            restarts_soon: false,
            restarts: 0,
            inbox: Inbox::default(),
            watchers: Vec::new(),
            outcome: None,
            traceback: Vec::new(),
            saved: None,
            journal: None,
            ring: Ring::default(),
            image: None,
            memory: 0,
            counters: Counters::default(),
        }
    }

    /// That of a new guest, in a place where threads may still look for the one before.
    pub fn settle(&mut self, id: Id, plan: Arc<Plan>) {
        *self = Control {
            id,
            limits: plan.limits,
            plan: Some(plan),
            wanted: self.wanted,
            awaited: self.awaited,
            ..Control::empty()
        };
    }

    pub fn state(&self) -> State {
        self.life.state()
    }

    /// When the guest is to be looked at, should nothing else happen to it.
    pub fn due_at(&self) -> Time {
        match self.state() {
            State::Running => self.deadline,
            State::Waiting(Wait::Refill) => self.deadline.min(self.refill),
            State::Waiting(_) => self.deadline.min(self.patience.unwrap_or(Time::MAX)),
            _ => Time::MAX,
        }
    }

    /// Whether its program is over, and nothing starts it again by itself.
    pub fn is_over(&self) -> bool {
        let state = self.state();
        (state.is_end() && !self.restarts_soon) || state == State::Stuck
    }

    /// Bytes of messages that may wait.
    pub fn inbox_limit(&self) -> usize {
        self.plan.as_ref().map_or(0, |plan| plan.inbox)
    }

    /// Whether a message could still wait, should it be short.
    pub fn has_room(&self) -> bool {
        self.inbox.has_room(self.inbox_limit())
    }

    /// Makes a guest one that is told of this one's end; says whether there was room.
    pub fn watch(&mut self, watcher: Watcher) -> bool {
        if self.watchers.contains(&watcher) {
            return true;
        }
        let has_room = self.watchers.len() < MOST_WATCHERS;
        if has_room {
            self.watchers.push(watcher);
        }
        has_room
    }
}
