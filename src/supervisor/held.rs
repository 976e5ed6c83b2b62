//! One guest under its lock, and what may be done with it there. Must not run guests, nor wait, nor touch a
//! second one.

use super::Refusal;
use super::arena::Id;
use super::clock::{Time, of_seconds};
use super::control::{Control, Outcome, Tie, Watcher};
use super::mail::{Message, obituary};
use super::plan::{OnCrash, OnLimit};
use super::shared::{Aftermath, News, Shared};
use super::state::{Act, InvalidState, Pause, State, Wait};
use bvm_isa::hypercall::Hypercall;
use bvm_vm::{Reply, Request, Word};
use std::sync::Arc;

/// A guest that nobody else can do anything with meanwhile.
pub(crate) struct Held<'a> {
    shared: &'a Shared,
    pub control: &'a mut Control,
    after: Aftermath,
}

impl<'a> Held<'a> {
    pub fn new(shared: &'a Shared, control: &'a mut Control) -> Held<'a> {
        Held {
            shared,
            control,
            after: Aftermath::default(),
        }
    }

    /// Lets the guest go: it queues if it can run, and its alarm is set.
    pub fn finish(self) -> Aftermath {
        let control = self.control;
        let due_at = control.due_at();
        // The thread that has it looks at the time when the slice is over.
        if due_at != control.alarm && !control.is_taken {
            let old = std::mem::replace(&mut control.alarm, due_at);
            if self.shared.alarms.set(control.id, old, due_at) {
                // Whoever sleeps until a later one must know.
                self.shared.queues.call_one();
            }
        }
        let may_run = control.state() == State::Running && !control.is_taken;
        if may_run && !control.is_queued && control.wanted == 0 {
            control.is_queued = true;
            let has_woken = std::mem::take(&mut control.has_woken) && control.turn > 0;
            self.shared.queues.push(control.id, has_woken);
        }
        self.after
    }

    /// Whether this is the guest that was meant.
    pub fn check(&self, id: Id) -> Result<(), Refusal> {
        match self.control.id == id && self.control.state() != State::Gone {
            true => Ok(()),
            false => Err(Refusal::NoSuchGuest(id)),
        }
    }

    /// Goes to another state: the only place where one begins.
    pub fn change(&mut self, act: Act, new: State) -> Result<(), InvalidState> {
        let change = self.control.life.change(act, new)?;
        self.control.counters.changes += 1;
        self.shared.tell(self.control.id, change);
        if new.is_end() || new == State::Saved {
            self.drop_later();
            self.control.image = None;
            self.control.patience = None;
            self.control.is_doomed = false;
        }
        if new.is_end() {
            self.mourn(new);
        }
        Ok(())
    }

    fn drop_later(&mut self) {
        if let Some(mut machine) = self.control.machine.take() {
            self.control.journal = machine.take_journal();
            self.after.heap = Some(machine);
        }
    }

    /// Gives the memory of a guest back that was killed while it ran.
    pub fn bury(&mut self) {
        self.drop_later();
        self.restart_or_forget(0);
    }

    /// Tells those who watch that the guest has ended.
    fn mourn(&mut self, state: State) {
        self.control.saved = None;
        let id = self.control.id;
        let text = match &self.control.outcome {
            Some(Outcome::Error(text)) if state == State::Crashed => Some(text.as_slice()),
            _ => None,
        };
        for Watcher { id: to, life, tie } in std::mem::take(&mut self.control.watchers) {
            let news = match tie {
                Tie::Monitor => News::Letter(life, obituary(id, state, text)),
                Tie::Link if state == State::Halted => continue,
                Tie::Link => News::Follow(life),
            };
            self.after.news.push_back((to, news));
        }
        // What others still have to tell is for the life that is over.
        self.control.lives += 1;
    }

    /// Tells those who watch that the guest begins again, which is the end of what it was. One that has never begun
    /// is what they wait for.
    pub fn break_off(&mut self) {
        if self.control.state() != State::Defined {
            self.mourn(State::Killed);
        }
        self.drop_later();
    }

    /// Ends a guest by policy, or pauses it.
    fn limit(&mut self, act: Act, pause: Pause, policy: OnLimit) {
        let new = match policy {
            OnLimit::Pause => State::Paused(pause),
            OnLimit::Kill | OnLimit::Restart(_) => State::Killed,
        };
        if self.change(act, new).is_err() {
            return;
        }
        match policy {
            OnLimit::Restart(most) => self.restart_or_forget(most),
            OnLimit::Kill => self.restart_or_forget(0),
            OnLimit::Pause => {}
        }
    }

    /// After an end: the guest is started again if it may be, and forgotten if nobody wants to know.
    pub fn restart_or_forget(&mut self, most: u32) {
        if self.control.restarts < most {
            self.control.restarts += 1;
            self.control.counters.restarts += 1;
            self.control.restarts_soon = true;
            let id = self.control.id;
            self.after.news.push_back((id, News::Restart));
            return;
        }
        let is_kept = self.control.plan.as_ref().is_some_and(|plan| plan.is_kept);
        if !is_kept {
            // Every end allows it.
            let _ = self.destroy();
        }
    }

    /// Forgets the guest.
    pub fn destroy(&mut self) -> Result<(), InvalidState> {
        self.change(Act::Destroy, State::Gone)?;
        self.shared.past().add(&self.control.counters);
        self.after.plan = self.control.plan.take();
        if let Some(name) = self.control.name.take() {
            self.shared.names.free(&name);
        }
        // Who waits for its end waits for no other life.
        self.control.restarts_soon = false;
        self.control.outcome = None;
        self.control.traceback = Vec::new();
        self.control.journal = None;
        self.control.inbox = Default::default();
        self.after.gone.push(self.control.id);
        Ok(())
    }

    /// Gives the guest a name in the place of the one that it had.
    pub fn rename(&mut self, name: &str) -> Result<(), Refusal> {
        let name: Arc<str> = name.into();
        if !self.shared.names.give(&name, self.control.id) {
            return Err(Refusal::NameTaken(name));
        }
        match self.control.name.replace(name.clone()) {
            Some(old) if old != name => self.shared.names.free(&old),
            _ => {}
        }
        Ok(())
    }

    /// Its fuel is used up.
    pub fn exhaust(&mut self) {
        self.limit(Act::Exhaust, Pause::Fuel, self.control.limits.on_fuel);
    }

    /// Its memory is full.
    pub fn fill(&mut self) {
        if let Some(policy) = self.control.limits.on_memory {
            self.limit(Act::Fill, Pause::Memory, policy);
        }
    }

    /// Ends its time, if it is over.
    pub fn expire(&mut self, now: Time) {
        if now >= self.control.deadline {
            self.limit(
                Act::Expire,
                Pause::Deadline,
                self.control.limits.on_deadline,
            );
        }
    }

    /// Its program has ended.
    pub fn conclude(&mut self, act: Act, new: State, outcome: Outcome) {
        self.control.outcome = Some(outcome);
        if self.change(act, new).is_err() {
            return;
        }
        match (new, self.control.limits.on_crash) {
            (State::Crashed, OnCrash::Restart(most)) => self.restart_or_forget(most),
            (State::Stuck, _) => {}
            _ => self.restart_or_forget(0),
        }
    }

    /// What the guest waits for, by what it asks for.
    fn wait_of(&self) -> Option<(Wait, Option<f64>)> {
        let request = self.control.machine.as_ref()?.request()?;
        let seconds = match request.args.first() {
            Some(Word::Number(seconds)) => Some(*seconds),
            _ => None,
        };
        Some(match request.call {
            Hypercall::Receive => (Wait::Receive, seconds),
            Hypercall::Sleep => (Wait::Timer, seconds),
            _ => (Wait::Hypercall, None),
        })
    }

    /// The guest goes on, or on waiting for what it asks for, by `act`.
    pub fn go_on(&mut self, act: Act) -> Result<(), InvalidState> {
        let Some((wait, seconds)) = self.wait_of() else {
            return self.change(act, State::Running);
        };
        self.control.life.allows(act)?;
        let now = self.shared.now();
        self.control.patience.get_or_insert_with(|| match seconds {
            Some(seconds) => now.saturating_add(of_seconds(seconds)),
            None => Time::MAX,
        });
        self.change(act, State::Waiting(wait))?;
        self.control.round = self.shared.queues.round();
        if !self.take_letter() {
            self.lose_patience(now);
        }
        Ok(())
    }

    /// Sets the end of the guest's time.
    pub fn set_deadline(&mut self, now: Time) {
        self.control.deadline = match self.control.limits.deadline {
            Some(time) => now.saturating_add(super::clock::nanoseconds(time)),
            None => Time::MAX,
        };
    }

    /// Waits for fuel.
    pub fn await_fuel(&mut self, at: Time) {
        if self
            .change(Act::Block, State::Waiting(Wait::Refill))
            .is_ok()
        {
            self.control.refill = at;
        }
    }

    /// Its budget has been filled: whoever waits for that looks again.
    pub fn refilled(&mut self) {
        if self.control.state() == State::Waiting(Wait::Refill) {
            // That is always allowed.
            let _ = self.change(Act::Wake, State::Running);
        }
    }

    /// Hands the guest the first message, if it waits for one.
    fn take_letter(&mut self) -> bool {
        if self.control.state() != State::Waiting(Wait::Receive) {
            return false;
        }
        let Some((_, message)) = self.control.inbox.pop() else {
            return false;
        };
        self.wake(Ok(vec![Word::Bytes(message)]));
        true
    }

    /// Lets the guest go on without what it has waited for, if it has waited long enough.
    fn lose_patience(&mut self, now: Time) {
        let is_over = self.control.patience.is_some_and(|until| now >= until);
        let waits = matches!(
            self.control.state(),
            State::Waiting(Wait::Receive | Wait::Timer)
        );
        if is_over && waits {
            self.wake(Ok(Vec::new()));
        }
    }

    /// Answers the hypercall that the guest waits in.
    pub fn answer(&mut self, reply: Reply) {
        if let Some(machine) = &mut self.control.machine {
            machine.answer(reply);
            self.control.image = None;
            self.control.patience = None;
        }
    }

    /// Answers, and lets the guest run.
    pub fn wake(&mut self, reply: Reply) {
        self.answer(reply);
        if self.change(Act::Wake, State::Running).is_ok() {
            self.control.has_woken = true;
            if self.shared.queues.turns() >= self.control.round {
                let share = self.shared.share(&self.control.limits);
                self.control.turn = self.control.turn.max(share);
            }
        }
    }

    /// The guest's alarm has gone off.
    pub fn ring(&mut self, now: Time) {
        self.control.alarm = Time::MAX;
        if self.control.is_taken {
            // Its thread looks at the time when the slice is over.
            return;
        }
        self.expire(now);
        if now >= self.control.refill {
            self.refilled();
        }
        self.lose_patience(now);
    }

    /// Puts a message into the inbox, and wakes the guest if it waits for one.
    pub fn deliver(&mut self, from: Id, message: Message, limit: usize) -> bool {
        let has_room = self.control.inbox.push(from, message, limit);
        match has_room {
            true => self.control.counters.received += 1,
            false => self.control.counters.refused += 1,
        }
        if !self.control.is_taken {
            self.take_letter();
        }
        has_room
    }

    /// Takes up what another guest's end means for this one.
    pub fn hear(&mut self, news: News) {
        match news {
            News::Letter(life, message) if life == self.control.lives => {
                // Each guest that it watches brings one, and with a full inbox it watches no more.
                self.deliver(Id::NOBODY, message, usize::MAX);
            }
            News::Follow(life) if life == self.control.lives => match self.control.is_taken {
                true => self.control.is_doomed = true,
                false => self.follow(),
            },
            // It has died since.
            News::Letter(..) | News::Follow(_) | News::Restart => {}
        }
    }

    /// Ends with a guest that it is linked to.
    pub fn follow(&mut self) {
        if self.change(Act::Follow, State::Killed).is_ok() {
            self.restart_or_forget(0);
        }
    }

    /// Whether the hypercall that waits is one that the embedder answers.
    pub fn asks_embedder(&self) -> Option<Request> {
        match self.wait_of()? {
            (Wait::Hypercall, _) => self.control.machine.as_ref()?.request(),
            _ => None,
        }
    }
}
