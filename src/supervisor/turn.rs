//! Threads that give guests their turns. Must not know verbs.

use super::Refusal;
use super::arena::{Id, Slot};
use super::budget::{Budget, Loan};
use super::clock::Time;
use super::control::{Outcome, Quota};
use super::held::Held;
use super::plan::Limits;
use super::queue::Hand;
use super::shared::{Shared, in_turn};
use super::state::{Act, State};
use crate::error::Error;
use crate::guest::{Exit, Guest};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// What a turn takes at least of a guest's share: being woken for nothing is work, too.
const LEAST: i64 = 500;

/// Units of a bucket that are worth a turn.
const WORTH_A_TURN: i64 = 10_000;

/// How long a slice may take before the guest's next ones are shorter: verbs wait for its end, and units of the
/// library and the collector may take many times as long as instructions.
const LONG: Duration = Duration::from_micros(200);

/// Units of the shortest slices. Fewer would be used up by what slices cost themselves.
const SHORTEST: u64 = 2_000;

/// Work of its collector that a guest stands for in a slice at most, which takes about as long as [`LONG`] allows. A slice that
/// ends with this has used the fuel of all of it up, as far as the turn is concerned.
const MOST_STANDING: u64 = 8_000;

/// Gives turns until the supervisor is dropped.
pub(crate) fn work(shared: &Arc<Shared>, mut hand: Hand) {
    while !shared.queues.is_over() {
        if step(shared, &mut hand) {
            continue;
        }
        let next = shared.alarms.next();
        let time = match next {
            Time::MAX => None,
            at => Some(Duration::from_nanos(at.saturating_sub(shared.now()))),
        };
        shared.queues.sleep(time, || shared.alarms.next() < next);
    }
    if shared.is_orphaned.load(Ordering::Acquire) {
        shared.clear();
    }
}

/// Gives a turn to the next guest; says whether there was anything to do.
pub(crate) fn step(shared: &Arc<Shared>, hand: &mut Hand) -> bool {
    let has_rung = ring(shared);
    match shared.queues.pop(hand) {
        Some(id) => turn(shared, id),
        None if has_rung => {}
        None => return skip(shared),
    }
    true
}

/// Wakes guests whose time has come.
fn ring(shared: &Arc<Shared>) -> bool {
    if shared.alarms.next() == Time::MAX {
        return false;
    }
    let now = shared.now();
    let mut has_rung = false;
    while let Some((at, id)) = shared.alarms.due(now) {
        has_rung = true;
        if let Some(slot) = shared.arena.slot(id) {
            shared.with(slot, |held| {
                // Meanwhile it may have been set anew.
                if held.check(id).is_ok() && held.control.alarm == at {
                    held.ring(now);
                }
            });
        }
    }
    has_rung
}

/// Goes to the next moment at which something is due, where nobody has to wait for it.
fn skip(shared: &Shared) -> bool {
    let next = shared.alarms.next();
    next != Time::MAX && shared.clock.skip_to(next)
}

/// A guest's turn: slices until its share is used up or it cannot go on.
fn turn(shared: &Arc<Shared>, id: Id) {
    let Some(slot) = shared.arena.slot(id) else {
        return;
    };
    let mut slice = shared.with(slot, |held| held.begin_turn(id, shared));
    while let Some(given) = slice {
        slice = run_slice(shared, slot, given);
    }
}

/// A guest and the fuel that it gets.
pub(super) struct Slice {
    guest: Box<Guest>,
    fuel: u64,
}

fn run_slice(shared: &Arc<Shared>, slot: &Slot, given: Slice) -> Option<Slice> {
    let Slice { mut guest, fuel } = given;
    // What the last slice has left or owes is part of the turn.
    guest.drain_fuel();
    guest.set_patience(MOST_STANDING);
    let began = shared.clock.is_real().then(Instant::now);
    let exit = in_turn(|| catch_unwind(AssertUnwindSafe(|| guest.run(fuel))));
    let took = began.map_or(Duration::ZERO, |began| began.elapsed());
    let used = fuel.saturating_add_signed(guest.fuel_left().saturating_neg());
    let stands = guest.has_stood();
    shared.clock.work(used);
    shared.with(slot, |held| {
        let control = &mut *held.control;
        control.is_taken = false;
        control.runs = false;
        control.memory = guest.memory_used();
        control.machine = Some(guest);
        control.image = None;
        control.pace = pace(control.pace, used, took).min(shared.slice);
        control.budget.settle(fuel, used);
        held.spend(used, if stands { fuel } else { used });
        match exit {
            _ if held.control.state().is_end() => held.bury(),
            // One of the guest's rings has used up what that ring may use.
            Ok(Exit::OutOfFuel) if used < fuel && !stands => held.exhaust(),
            exit => held.conclude_run(exit),
        }
        held.end_slice(shared)
    })
}

impl Held<'_> {
    /// Takes the guest out for its next turn, if it is its turn.
    fn begin_turn(&mut self, id: Id, shared: &Shared) -> Option<Slice> {
        if self.control.id != id {
            return None;
        }
        self.control.is_queued = false;
        let control = &mut *self.control;
        if control.state() != State::Running || control.is_taken || control.wanted > 0 {
            return None;
        }
        control.counters.turns += 1;
        if control.turn <= 0 {
            let share = shared.share(&control.limits);
            control.turn = control.turn.saturating_add(share);
        }
        self.next_slice(shared)
    }

    /// Takes the guest out for a slice, if it has fuel.
    fn next_slice(&mut self, shared: &Shared) -> Option<Slice> {
        let control = &mut *self.control;
        if control.turn <= 0 {
            return None;
        }
        let most = control.turn.unsigned_abs().min(control.pace);
        let fuel = match control.budget.lend(most, WORTH_A_TURN, shared.now()) {
            Loan::Units(fuel) => fuel,
            Loan::Busy => return None,
            Loan::Empty(at) => {
                match at {
                    Some(at) => self.await_fuel(at),
                    None => self.exhaust(),
                }
                return None;
            }
        };
        let Some(guest) = control.machine.take() else {
            control.budget.settle(fuel, 0);
            return None;
        };
        control.is_taken = true;
        control.runs = true;
        Some(Slice { guest, fuel })
    }

    /// Counts the fuel of a slice, and takes what it is worth off the turn: all of it when the guest's collector had to
    /// work instead.
    fn spend(&mut self, used: u64, worth: u64) {
        let control = &mut *self.control;
        control.counters.fuel += used;
        control.turn -= i64::try_from(worth).unwrap_or(i64::MAX).max(LEAST);
    }

    /// Does what the end of a run asks for.
    fn conclude_run(&mut self, exit: Result<Exit, Box<dyn Any + Send>>) {
        match exit {
            // Nobody can set a breakpoint in a guest that a supervisor runs.
            Ok(Exit::OutOfFuel | Exit::Breakpoint(_)) => {}
            Ok(Exit::Waiting) => {
                // A guest that runs may wait.
                let _ = self.go_on(Act::Block);
            }
            Ok(Exit::Idle) => self.conclude(Act::Finish, State::Halted, Outcome::Done(Vec::new())),
            Ok(Exit::Done(values)) => {
                self.conclude(Act::Finish, State::Halted, Outcome::Done(values));
            }
            Ok(Exit::Ended(code)) => {
                self.conclude(Act::Finish, State::Halted, Outcome::Ended(code));
            }
            Ok(Exit::Error(error)) => {
                self.control.traceback = error.traceback;
                self.conclude(Act::Crash, State::Crashed, Outcome::Error(error.message));
            }
            Ok(Exit::MemoryFull) if self.control.limits.on_memory.is_some() => self.fill(),
            Ok(Exit::OutOfMemory | Exit::MemoryFull) => {
                let message = b"not enough memory".to_vec();
                self.conclude(Act::Crash, State::Crashed, Outcome::Error(message));
            }
            Ok(Exit::Diverged(divergence)) => {
                let message = divergence.to_string().into_bytes();
                self.conclude(Act::Crash, State::Crashed, Outcome::Error(message));
            }
            Err(panic) => {
                let outcome = Outcome::Panic(message(&*panic));
                self.conclude(Act::Break, State::Stuck, outcome);
            }
        }
    }

    /// The next slice, when the turn is not over and nobody wants the guest for something else.
    fn end_slice(&mut self, shared: &Shared) -> Option<Slice> {
        if self.control.is_doomed {
            self.follow();
        }
        if self.control.deadline != Time::MAX {
            self.expire(shared.now());
        }
        let goes_on = self.control.state() == State::Running && self.control.wanted == 0;
        match goes_on && !self.control.is_queued {
            true => self.next_slice(shared),
            false => None,
        }
    }
}

/// Units of a guest's next slice, after one that used and took so much: as many as take [`LONG`] at most.
fn pace(before: u64, used: u64, took: Duration) -> u64 {
    match took > LONG {
        true => {
            let units = u128::from(used) * LONG.as_nanos() / took.as_nanos();
            u64::try_from(units).unwrap_or(before).max(SHORTEST)
        }
        false => before.saturating_mul(2),
    }
}

/// What a panic says.
pub(crate) fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_owned())
}

/// Makes a guest. That calls code of its owner, which may panic, and must not wait for guests: it may be for this one.
pub(crate) fn make(build: impl FnOnce() -> Result<Guest, Error>) -> Result<Guest, Outcome> {
    match in_turn(|| catch_unwind(AssertUnwindSafe(build))) {
        Ok(made) => made.map_err(Outcome::Failed),
        Err(panic) => Err(Outcome::Panic(message(&*panic))),
    }
}

impl Shared {
    /// Units in a turn of a guest.
    pub fn share(&self, limits: &Limits) -> i64 {
        let weight = i64::from(limits.weight.clamp(1, 1000));
        (self.slice as i64 * weight / 100).max(1)
    }

    /// Makes a guest and lets it run, by a verb or a policy. Making it calls its owner's code, so nobody holds
    /// the guest meanwhile; it is only taken.
    pub fn begin(self: &Arc<Self>, id: Id, act: Act) -> Result<(), Refusal> {
        let (plan, limits) = self.at_rest(id, |held| {
            held.control.life.allows(act)?;
            let plan = held.control.plan.clone();
            let plan = plan.ok_or(Refusal::NoSuchGuest(id))?;
            held.control.is_taken = true;
            if act != Act::Restart {
                held.control.restarts = 0;
            }
            held.break_off();
            Ok((plan, held.control.limits))
        })?;
        let made = make(|| plan.build(id, self, &limits));
        let Some(slot) = self.arena.slot(id) else {
            return Err(Refusal::NoSuchGuest(id));
        };
        self.with(slot, |held| {
            held.control.is_taken = false;
            held.control.restarts_soon = false;
            let outcome = match made {
                Ok(guest) => {
                    let now = self.now();
                    held.install(guest, now);
                    held.change(act, State::Running)?;
                    return Ok(());
                }
                Err(outcome) => outcome,
            };
            held.control.outcome = Some(outcome.clone());
            held.change(act, State::Failed)?;
            held.restart_or_forget(0);
            Err(Refusal::NotStarted(outcome))
        })
    }
}

impl Held<'_> {
    /// Puts a new guest in the place of what there was, with all of its limits.
    pub fn install(&mut self, mut guest: Guest, now: Time) {
        let control = &mut *self.control;
        if let Some(bytes) = control.limits.memory {
            guest.set_memory_limit(bytes);
        }
        control.memory = guest.memory_used();
        control.journal = None;
        control.ring = guest.ring();
        control.machine = Some(Box::new(guest));
        control.image = None;
        control.saved = None;
        control.outcome = None;
        control.traceback = Vec::new();
        control.patience = None;
        // What was sent to one that has not been started yet is for its first life.
        if control.state() != State::Defined {
            control.inbox = Default::default();
        }
        control.is_doomed = false;
        control.turn = 0;
        control.pace = u64::MAX;
        let family = control.plan.as_ref().and_then(|plan| plan.family.clone());
        control.budget = family.unwrap_or_else(|| Budget::new(control.limits.fuel, now));
        control.quota = Quota::of(&control.limits);
        self.set_deadline(now);
    }
}
