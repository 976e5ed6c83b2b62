//! The verbs of a supervisor. Must not decide what a state allows (`state.rs`).

use super::Refusal;
use super::arena::Id;
use super::builder::SupervisorBuilder;
use super::control::{Counters, Outcome, Quota};
use super::events::Events;
use super::held::Held;
use super::mail::Message;
use super::plan::{Limits, Plan};
use super::queue::Hand;
use super::shared::{Shared, is_in_turn};
use super::state::{Act, Pause, State};
use super::turn;
use crate::error::Frame;
use crate::journal::Journal;
use crate::saved::Image;
use bvm_vm::{Reply, Request, Ring};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Owns guests and runs them on threads.
///
/// Guests are created from a [`Plan`] and named by an [`Id`]. They get turns in the order in which they come,
/// each of so much fuel as its weight gives it. A verb on a guest that runs waits for the end of a slice; then
/// it takes effect, or returns [`Refusal::InvalidState`] and nothing has happened. Every change of a state is
/// one [`super::Event`]. Dropping the supervisor ends its threads and guests; when a host drops it in the middle of a
/// guest's turn, the thread ends after that.
///
/// ```
/// use bvm::{Outcome, Plan, State, Supervisor, Value};
/// let supervisor = Supervisor::builder().threads(2).build();
/// let id = supervisor.create(Plan::source("local n = task.receive() return n + 1", "=add"))?;
/// supervisor.start(id)?;
/// supervisor.send(id, &Value::Number(41.0))?;
/// assert_eq!(supervisor.wait(id)?, State::Halted);
/// let done = supervisor.info(id)?.outcome;
/// assert_eq!(done, Some(Outcome::Done(vec![Value::Number(42.0)])));
/// # Ok::<(), bvm::Refusal>(())
/// ```
#[derive(Debug)]
pub struct Supervisor {
    pub(super) shared: Arc<Shared>,
    pub(super) threads: Vec<JoinHandle<()>>,
    /// What [`Supervisor::step`] works with, where there are no threads.
    pub(super) own: Mutex<Option<Hand>>,
}

/// What is known about a guest at a moment.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Info {
    /// The guest.
    pub id: Id,
    /// Its name, if it has one.
    pub name: Option<Arc<str>>,
    /// Its state.
    pub state: State,
    /// How its program ended, if it has.
    pub outcome: Option<Outcome>,
    /// The stack of the error that has ended it, innermost first.
    pub traceback: Vec<Frame>,
    /// The ring of its program, once that has been loaded.
    pub ring: Ring,
    /// Its limits.
    pub limits: Limits,
    /// Units of fuel left of its budget, if that is limited.
    pub fuel_left: Option<i64>,
    /// Bytes of memory in use when its last turn ended.
    pub memory: u64,
    /// Messages that wait for it.
    pub waiting: usize,
    /// What it has done.
    pub counters: Counters,
}

impl Supervisor {
    /// Begins with a thread for each processor and turns of 50,000 units.
    pub fn builder() -> SupervisorBuilder {
        SupervisorBuilder::new()
    }

    /// Gives one guest a turn, or does what time asks for; says whether there was anything to do. For
    /// supervisors without threads; others have nothing to do for the caller, and neither has one that a guest's
    /// host asks in the middle of a turn.
    pub fn step(&self) -> bool {
        if is_in_turn() {
            return false;
        }
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.as_mut()
            .is_some_and(|hand| turn::step(&self.shared, hand))
    }

    /// Whether nothing happens any more by itself: no guest runs or wants to, none waits for a time or for fuel,
    /// and all that an end means for others is done. Guests may still wait for messages and answers, or be paused.
    /// A verb may change it at once.
    ///
    /// ```
    /// use bvm::{Plan, Supervisor};
    /// let supervisor = Supervisor::builder().threads(0).build();
    /// let id = supervisor.create(Plan::source("task.sleep(0.001) task.receive()", "=waits"))?;
    /// supervisor.start(id)?;
    /// while !supervisor.is_quiet() {
    ///     supervisor.step();
    /// }
    /// assert_eq!(supervisor.info(id)?.state.to_string(), "waiting (receive)");
    /// # Ok::<(), bvm::Refusal>(())
    /// ```
    pub fn is_quiet(&self) -> bool {
        let is_due = || self.shared.alarms.next() != u64::MAX;
        self.shared.queues.are_idle(self.threads.len(), is_due)
    }

    /// Creates a guest. It takes no memory before it is started.
    ///
    /// # Errors
    /// [`Refusal::TooMany`].
    pub fn create(&self, plan: Plan) -> Result<Id, Refusal> {
        self.shared.create(plan)
    }

    /// Loads the guest and lets it run: one that was just created, or that has ended.
    ///
    /// # Errors
    /// [`Refusal::NotStarted`], after which the guest is [`State::Failed`].
    pub fn start(&self, id: Id) -> Result<(), Refusal> {
        self.shared.begin(id, Act::Start)
    }

    /// Starts the guest anew, whatever it is doing, with all of its limits.
    ///
    /// # Errors
    /// As [`Supervisor::start`].
    pub fn reset(&self, id: Id) -> Result<(), Refusal> {
        self.shared.begin(id, Act::Reset)
    }

    /// Stops the guest where it stands.
    ///
    /// # Errors
    /// As all verbs.
    pub fn pause(&self, id: Id) -> Result<(), Refusal> {
        self.shared.at_rest(id, |held| {
            Ok(held.change(Act::Pause, State::Paused(Pause::User))?)
        })
    }

    /// Lets a guest that is paused go on. One without fuel is paused again at once: see
    /// [`Supervisor::refuel`].
    ///
    /// # Errors
    /// As all verbs.
    pub fn resume(&self, id: Id) -> Result<(), Refusal> {
        self.shared.at_rest(id, |held| Ok(held.go_on(Act::Resume)?))
    }

    /// Ends the guest and gives its memory back. One that runs is killed at once: nothing that it still asks for
    /// reaches anybody, and its memory goes when its slice is over.
    ///
    /// # Errors
    /// As all verbs.
    pub fn kill(&self, id: Id) -> Result<(), Refusal> {
        let at_once = self.shared.glance(id, |held| match held.control.runs {
            true => Ok(Some(held.change(Act::Kill, State::Killed)?)),
            false => Ok(None),
        });
        if let Some(()) = at_once? {
            return Ok(());
        }
        self.shared.at_rest(id, |held| {
            held.change(Act::Kill, State::Killed)?;
            held.restart_or_forget(0);
            Ok(())
        })
    }

    /// Takes the guest out of memory and keeps its snapshot, which is returned, too. Messages that wait stay.
    ///
    /// # Errors
    /// As all verbs.
    pub fn save(&self, id: Id) -> Result<Arc<[u8]>, Refusal> {
        self.shared.at_rest(id, |held| {
            held.control.life.allows(Act::Save)?;
            let bytes: Arc<[u8]> = snapshot(held)?.into();
            held.change(Act::Save, State::Saved)?;
            held.control.saved = Some(bytes.clone());
            Ok(bytes)
        })
    }

    /// The snapshot of a guest, which goes on.
    ///
    /// # Errors
    /// As all verbs.
    pub fn snapshot(&self, id: Id) -> Result<Vec<u8>, Refusal> {
        self.shared.at_rest(id, |held| {
            held.control.life.allows(Act::Copy)?;
            snapshot(held)
        })
    }

    /// Brings a guest that was saved back into memory, paused.
    ///
    /// # Errors
    /// [`Refusal::Guest`], when there is no room; [`Refusal::NotStarted`], when making its host panics. The
    /// guest stays saved.
    pub fn restore(&self, id: Id) -> Result<(), Refusal> {
        let ((plan, saved), limits) = self.shared.at_rest(id, |held| {
            held.control.life.allows(Act::Restore)?;
            let (plan, saved) = (held.control.plan.clone(), held.control.saved.clone());
            let both = plan.zip(saved).ok_or(Refusal::NoSuchGuest(id))?;
            held.control.is_taken = true;
            Ok((both, held.control.limits))
        })?;
        let made = turn::make(|| plan.rebuild(id, &self.shared, &limits, &saved));
        self.shared.glance(id, |held| {
            held.control.is_taken = false;
            let restored = made
                .map_err(not_made)
                .and_then(|guest| restored(held, guest));
            // One that it is linked to may have ended meanwhile.
            if held.control.is_doomed {
                held.follow();
            }
            restored
        })
    }

    /// An image of the guest as it stands, for [`Plan::image`]. It is made once for as long as the guest
    /// does not run.
    ///
    /// # Errors
    /// As all verbs.
    pub fn image(&self, id: Id) -> Result<Arc<Image>, Refusal> {
        self.shared.at_rest(id, image)
    }

    /// Makes a copy of the guest that stands where this one stands, paused, with the same plan and the limits that
    /// this one has by now, which it has not used yet, but for those of rings. Messages that wait are not copied.
    ///
    /// # Errors
    /// [`Refusal::TooMany`]; [`Refusal::Guest`], when there is no room; [`Refusal::NotStarted`], when making its host
    /// panics.
    pub fn clone_guest(&self, id: Id) -> Result<Id, Refusal> {
        let (plan, limits, image) = self.shared.at_rest(id, |held| {
            let image = image(held)?;
            let plan = held.control.plan.clone();
            let plan = plan.ok_or(Refusal::NoSuchGuest(id))?;
            Ok((plan, held.control.limits, image))
        })?;
        let make = |id, plan: &Plan| plan.fork(id, &self.shared, &limits, &image);
        self.shared.adopt(plan, limits, make)
    }

    /// Forgets a guest that has ended, is saved or has never been started.
    ///
    /// # Errors
    /// As all verbs.
    pub fn destroy(&self, id: Id) -> Result<(), Refusal> {
        self.shared.at_rest(id, |held| Ok(held.destroy()?))
    }

    /// Puts a message into the guest's inbox: a [`crate::Value`] that is plain, or a [`Message`].
    ///
    /// # Errors
    /// [`Refusal::InboxFull`]; [`Refusal::Guest`] for a value that is not plain.
    pub fn send<M>(&self, id: Id, message: M) -> Result<(), Refusal>
    where
        M: TryInto<Message>,
        Refusal: From<M::Error>,
    {
        self.shared.send(Id::NOBODY, id, message.try_into()?)
    }

    /// The first message that a guest has sent to the guest 0, which is whoever owns the supervisor, and who has
    /// sent it. [`SupervisorBuilder::inbox`] bounds how many wait.
    ///
    /// ```
    /// use bvm::{Plan, Supervisor, Value};
    /// let supervisor = Supervisor::builder().threads(1).build();
    /// let id = supervisor.create(Plan::source("task.send(0, { n = 6 * 7 })", "=answer"))?;
    /// supervisor.start(id)?;
    /// supervisor.wait(id)?;
    /// let (from, message) = supervisor.receive().expect("it has sent one");
    /// assert_eq!((from, message.field("n")), (id, Some(Value::Number(42.0))));
    /// # Ok::<(), bvm::Refusal>(())
    /// ```
    pub fn receive(&self) -> Option<(Id, Message)> {
        self.receive_within(Duration::ZERO)
    }

    /// The same, waited for as long as that. A host does not wait in the middle of a guest's turn: it gets what is there.
    pub fn receive_within(&self, time: Duration) -> Option<(Id, Message)> {
        let time = match is_in_turn() {
            true => Duration::ZERO,
            false => time,
        };
        self.shared.post.take(time)
    }

    /// What a guest has recorded until now, or until its end, if its plan asks for that by [`Builder::record`].
    /// Recording begins anew.
    ///
    /// # Errors
    /// As all verbs.
    ///
    /// [`Builder::record`]: crate::Builder::record
    pub fn take_journal(&self, id: Id) -> Result<Option<Journal>, Refusal> {
        self.shared.at_rest(id, |held| {
            let control = &mut *held.control;
            let journal = control.journal.take();
            let kept = || control.machine.as_mut()?.take_journal();
            Ok(journal.or_else(kept))
        })
    }

    /// What the guest has asked for and its host answers later.
    ///
    /// # Errors
    /// As all verbs.
    pub fn request(&self, id: Id) -> Result<Option<Request>, Refusal> {
        self.shared.at_rest(id, |held| Ok(held.asks_embedder()))
    }

    /// Answers what the guest has asked for.
    ///
    /// # Errors
    /// [`Refusal::NothingAsked`].
    pub fn answer(&self, id: Id, reply: Reply) -> Result<(), Refusal> {
        self.shared.at_rest(id, |held| {
            held.control.life.allows(Act::Answer)?;
            if held.asks_embedder().is_none() {
                return Err(Refusal::NothingAsked(id));
            }
            match held.control.state() {
                State::Paused(_) => held.answer(reply),
                _ => held.wake(reply),
            }
            Ok(())
        })
    }

    /// Sets the limits of a guest, in whatever state: fuel, deadline, output and messages count from now on. The
    /// fuel is that of all guests that have it together: see [`super::Plan::spawns`].
    ///
    /// # Errors
    /// As all verbs.
    pub fn set_limits(&self, id: Id, limits: Limits) -> Result<(), Refusal> {
        let now = self.shared.now();
        let family = self.shared.at_rest(id, |held| {
            let control = &mut *held.control;
            control.limits = limits;
            control.budget.reset(limits.fuel, now);
            control.quota = Quota::of(&limits);
            if let (Some(machine), Some(bytes)) = (&mut control.machine, limits.memory) {
                machine.set_memory_limit(bytes);
            }
            held.set_deadline(now);
            held.refilled();
            Ok(held.control.budget.clone())
        })?;
        self.shared.tell_family(&family);
        Ok(())
    }

    /// Gives a guest with limited fuel more of it, which may be more than its bucket holds. One that is paused for
    /// want of it can be resumed then; one that waits for its bucket goes on.
    ///
    /// # Errors
    /// As all verbs.
    pub fn refuel(&self, id: Id, units: u64) -> Result<(), Refusal> {
        let family = self.shared.at_rest(id, |held| {
            held.control.budget.refuel(units);
            held.refilled();
            Ok(held.control.budget.clone())
        })?;
        self.shared.tell_family(&family);
        Ok(())
    }

    /// What is known about a guest. It does not wait for the guest.
    ///
    /// # Errors
    /// [`Refusal::NoSuchGuest`].
    pub fn info(&self, id: Id) -> Result<Info, Refusal> {
        self.shared.glance(id, |held| Ok(info(held)))
    }

    /// All guests, each at a moment of its own.
    pub fn list(&self) -> Vec<Info> {
        let look = |slot| {
            let look =
                |held: &mut Held<'_>| held.check(held.control.id).is_ok().then(|| info(held));
            self.shared.with(slot, look)
        };
        self.shared.arena.slots().filter_map(look).collect()
    }

    /// What all guests have done, those that are gone included.
    pub fn counters(&self) -> Counters {
        let mut sum = *self.shared.past();
        for slot in self.shared.arena.slots() {
            let control = slot.lock();
            if control.state() != State::Gone {
                sum.add(&control.counters);
            }
        }
        sum
    }

    /// Tells of all changes from now on; at most `capacity` wait to be taken, and only those that wait take memory.
    pub fn events(&self, capacity: usize) -> Events {
        self.shared.feed.subscribe(capacity)
    }

    /// The time of the supervisor's clock.
    pub fn now(&self) -> Duration {
        Duration::from_nanos(self.shared.now())
    }

    /// Waits until the guest's program is over, and says how: as long as it takes, and with policies that
    /// start it again, until they do not. A guest that is gone is [`State::Gone`].
    ///
    /// # Errors
    /// [`Refusal::NoSuchGuest`]; [`Refusal::InsideTurn`], when a host would wait in the middle of a guest's turn.
    pub fn wait(&self, id: Id) -> Result<State, Refusal> {
        self.wait_until(id, None)
    }

    /// As [`Supervisor::wait`], for some time at most; then the state is any.
    ///
    /// # Errors
    /// As [`Supervisor::wait`].
    pub fn wait_for(&self, id: Id, time: Duration) -> Result<State, Refusal> {
        self.wait_until(id, Instant::now().checked_add(time))
    }

    fn wait_until(&self, id: Id, end: Option<Instant>) -> Result<State, Refusal> {
        let slot = self.shared.arena.slot(id).ok_or(Refusal::NoSuchGuest(id))?;
        let mut control = slot.lock();
        if control.id != id {
            return Err(Refusal::NoSuchGuest(id));
        }
        control.awaited += 1;
        loop {
            let (state, is_over) = match control.id == id {
                true => (control.state(), control.is_over()),
                false => (State::Gone, true),
            };
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            if is_over || left.is_some_and(|left| left.is_zero()) {
                control.awaited -= 1;
                return Ok(state);
            }
            if is_in_turn() {
                control.awaited -= 1;
                return Err(Refusal::InsideTurn);
            }
            control = match left {
                Some(left) => {
                    let waited = slot.changed.wait_timeout(control, left);
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                None => {
                    let waited = slot.changed.wait(control);
                    waited.unwrap_or_else(PoisonError::into_inner)
                }
            };
        }
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.shared.queues.end();
        let own = std::thread::current().id();
        for thread in self.threads.drain(..) {
            if thread.thread().id() == own {
                // A host was the last to have the supervisor, and this is its guest's turn.
                self.shared.is_orphaned.store(true, Ordering::Release);
                continue;
            }
            // A thread that panicked has told so.
            let _ = thread.join();
        }
        self.shared.clear();
    }
}

impl Shared {
    /// Defines a guest.
    pub fn create(self: &Arc<Self>, plan: Plan) -> Result<Id, Refusal> {
        let (id, slot) = self.arena.claim().ok_or(Refusal::TooMany)?;
        self.with(slot, |held| {
            held.control.settle(id, Arc::new(plan));
            Ok(held.change(Act::Create, State::Defined).map(|()| id)?)
        })
    }

    /// Takes in a guest that is made already.
    fn adopt(
        self: &Arc<Self>,
        plan: Arc<Plan>,
        limits: Limits,
        make: impl FnOnce(Id, &Plan) -> Result<crate::Guest, crate::Error>,
    ) -> Result<Id, Refusal> {
        let (id, slot) = self.arena.claim().ok_or(Refusal::TooMany)?;
        let guest = turn::make(|| make(id, &plan)).map_err(|outcome| {
            self.arena.release(id);
            not_made(outcome)
        })?;
        let now = self.now();
        self.with(slot, |held| {
            held.control.settle(id, plan);
            held.control.limits = limits;
            held.change(Act::Create, State::Defined)?;
            held.install(guest, now);
            held.change(Act::Clone, State::Paused(Pause::Cloned))?;
            Ok(id)
        })
    }

    /// Puts a message into a guest's inbox.
    pub fn send(self: &Arc<Self>, from: Id, id: Id, message: Message) -> Result<(), Refusal> {
        self.glance(id, |held| {
            held.control.life.allows(Act::Send)?;
            let limit = held.control.inbox_limit();
            match held.deliver(from, message, limit) {
                true => Ok(()),
                false => Err(Refusal::InboxFull(id)),
            }
        })
    }
}

/// What a verb answers that has made no guest.
fn not_made(outcome: Outcome) -> Refusal {
    match outcome {
        Outcome::Failed(error) => Refusal::Guest(error),
        outcome => Refusal::NotStarted(outcome),
    }
}

/// Puts a guest that was saved in its place.
fn restored(held: &mut Held<'_>, mut guest: crate::Guest) -> Result<(), Refusal> {
    if let Some(bytes) = held.control.limits.memory {
        guest.set_memory_limit(bytes);
    }
    held.control.machine = Some(Box::new(guest));
    held.control.saved = None;
    Ok(held.change(Act::Restore, State::Paused(Pause::Restored))?)
}

fn snapshot(held: &mut Held<'_>) -> Result<Vec<u8>, Refusal> {
    let id = held.control.id;
    let machine = held.control.machine.as_mut();
    Ok(machine.ok_or(Refusal::NoSuchGuest(id))?.snapshot()?)
}

fn image(held: &mut Held<'_>) -> Result<Arc<Image>, Refusal> {
    held.control.life.allows(Act::Copy)?;
    if let Some(image) = &held.control.image {
        return Ok(image.clone());
    }
    let id = held.control.id;
    let machine = held.control.machine.as_mut();
    let image = Arc::new(machine.ok_or(Refusal::NoSuchGuest(id))?.image()?);
    held.control.image = Some(image.clone());
    Ok(image)
}

fn info(held: &Held<'_>) -> Info {
    let control = &*held.control;
    Info {
        id: control.id,
        name: control.name.clone(),
        state: control.state(),
        outcome: control.outcome.clone(),
        traceback: control.traceback.clone(),
        ring: control.ring,
        limits: control.limits,
        fuel_left: control.budget.left(),
        memory: control.memory,
        waiting: control.inbox.len(),
        counters: control.counters,
    }
}
