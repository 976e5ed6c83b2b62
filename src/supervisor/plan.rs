//! What a guest is to be: its program, its limits, and what becomes of it when these are reached. Must not
//! start anything.

use super::arena::Id;
use super::budget::{Budget, Kept};
use super::outside::Outside;
use super::shared::Shared;
use crate::account::RingLimits;
use crate::builder::{Builder, Libraries};
use crate::error::Error;
use crate::guest::Guest;
use crate::host::{Host, Refuse};
use crate::saved::Image;
use crate::value::Value;
use bvm_vm::Ring;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

/// How much fuel a guest has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fuel {
    /// As much as its share of the threads gives it.
    Unlimited,
    /// These units. When they are used up, [`Limits::on_fuel`] says what happens; more are given by
    /// [`super::Supervisor::refuel`].
    Units(u64),
    /// A bucket of tokens, full at first: a guest that has used them up waits for more. One that holds nothing, or that
    /// nothing flows into, is like [`Fuel::Units`] of its size.
    Bucket {
        /// Units that it holds.
        size: u64,
        /// Units that flow into it in a second of the supervisor's clock.
        per_second: u64,
    },
}

/// What happens when a program ends with an error that nobody caught.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnCrash {
    /// The guest is [`super::State::Crashed`].
    Report,
    /// It is started again, so many times at most before a verb starts it anew; all policies count together.
    Restart(u32),
}

/// What happens when a limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnLimit {
    /// The guest is paused as it stands.
    Pause,
    /// It is killed.
    Kill,
    /// It is killed and started again, so many times at most: see [`OnCrash::Restart`].
    Restart(u32),
}

/// The limits of a guest, which can be changed while it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Its share of the threads among guests that run: one of weight 200 gets twice as much fuel in a time
    /// as one of 100. From 1 to 1000.
    pub weight: u32,
    /// How much fuel it has, from when this is set, together with those that it spawns.
    pub fuel: Fuel,
    /// How long it may be on its way, from its start on by the supervisor's clock.
    pub deadline: Option<Duration>,
    /// What happens when it crashes.
    pub on_crash: OnCrash,
    /// What happens when its units are used up.
    pub on_fuel: OnLimit,
    /// What happens at its deadline.
    pub on_deadline: OnLimit,
    /// What happens when its memory is full and its builder was told [`Builder::end_at_memory`]: it has crashed, if
    /// nothing else is said. One that is paused goes on when [`Limits::memory`] is more.
    pub on_memory: Option<OnLimit>,
    /// Bytes of memory; `None` leaves what it was made with: see [`Builder::memory`].
    pub memory: Option<u64>,
    /// Bytes that it may write to streams of its host. What is more is refused with `No space left on device`.
    pub output: u64,
    /// Messages that it may send. What is more is refused with `too many messages`.
    pub messages: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            weight: 100,
            fuel: Fuel::Unlimited,
            deadline: None,
            on_crash: OnCrash::Report,
            on_fuel: OnLimit::Pause,
            on_deadline: OnLimit::Kill,
            on_memory: None,
            memory: None,
            output: u64::MAX,
            messages: u64::MAX,
        }
    }
}

/// What guests are made from.
#[derive(Debug, Clone)]
enum Base {
    New,
    Image(Arc<Image>),
    Snapshot(Arc<[u8]>),
}

/// A source with its chunk name.
#[derive(Debug, Clone)]
struct Source {
    text: Arc<[u8]>,
    name: Arc<str>,
}

type Make = Arc<dyn Fn(Id, Builder) -> Builder + Send + Sync>;

/// What a guest is to be.
///
/// ```
/// use bvm::{Limits, Plan, Fuel};
/// let plan = Plan::source("while true do end", "=spin")
///     .guest(|builder| builder.memory(1 << 20))
///     .limits(Limits { fuel: Fuel::Units(1_000_000), ..Limits::default() });
/// # let _ = plan;
/// ```
#[derive(Clone)]
pub struct Plan {
    base: Base,
    source: Option<Source>,
    args: Vec<Value>,
    make: Make,
    ring_limits: Vec<(Ring, RingLimits)>,
    pub(super) limits: Limits,
    pub(super) inbox: usize,
    pub(super) spawns: Arc<AtomicU32>,
    pub(super) is_kept: bool,
    /// The budget of those whom the guest belongs to, if it was spawned.
    pub(super) family: Option<Budget>,
    /// What the family keeps for a guest that was spawned: it may be started again with all that it was given.
    kept: Option<Arc<Kept>>,
}

impl std::fmt::Debug for Plan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl Plan {
    fn of(base: Base, source: Option<Source>) -> Plan {
        Plan {
            base,
            source,
            args: Vec::new(),
            make: Arc::new(|_, builder| builder.tasks(true)),
            ring_limits: Vec::new(),
            limits: Limits::default(),
            inbox: 1 << 20,
            spawns: Arc::default(),
            is_kept: true,
            family: None,
            kept: None,
        }
    }

    /// A new guest that runs a source; `name` is a chunk name, as for [`Guest::load`].
    pub fn source(source: impl AsRef<[u8]>, name: &str) -> Plan {
        Plan::of(Base::New, Some(Plan::text(source.as_ref(), name)))
    }

    /// A guest that goes on where the image was taken.
    pub fn image(image: Arc<Image>) -> Plan {
        Plan::of(Base::Image(image), None)
    }

    /// A guest that goes on where the snapshot was taken, whoever made it.
    pub fn snapshot(bytes: impl Into<Arc<[u8]>>) -> Plan {
        Plan::of(Base::Snapshot(bytes.into()), None)
    }

    /// Makes a guest from an image or a snapshot run a source in the globals that it has, instead of going on.
    #[must_use]
    pub fn then(mut self, source: impl AsRef<[u8]>, name: &str) -> Plan {
        self.source = Some(Plan::text(source.as_ref(), name));
        self
    }

    fn text(source: &[u8], name: &str) -> Source {
        Source {
            text: source.into(),
            name: name.into(),
        }
    }

    /// Gives the source its arguments, which it finds in `...`. Handles of other guests are refused when
    /// the guest is started.
    #[must_use]
    pub fn args(mut self, args: impl Into<Vec<Value>>) -> Plan {
        self.args = args.into();
        self
    }

    /// Sets what the guest is made with, each time it is started, beside what has been set before:
    ///
    /// ```
    /// use bvm::{Plan, Ring};
    /// let plan = Plan::source("return 6 * 7", "=plugin")
    ///     .guest(|builder| builder.memory(1 << 20).ring(Ring::Plugin).record());
    /// # let _ = plan;
    /// ```
    ///
    /// The guest has the library `task`, if nothing else is said, and a seed of its own once it is a copy. Messages,
    /// sleep and tasks never reach its host. Guests that it spawns are made with the same.
    #[must_use]
    pub fn guest(self, set: impl Fn(Builder) -> Builder + Send + Sync + 'static) -> Plan {
        self.making(move |_, builder| set(builder))
    }

    /// Makes the host of the guest each time it is started; without one it is [`Refuse`](crate::Refuse).
    #[must_use]
    pub fn host<H: Host + 'static>(self, make: impl Fn(Id) -> H + Send + Sync + 'static) -> Plan {
        self.making(move |id, builder| builder.host(make(id)))
    }

    fn making(mut self, set: impl Fn(Id, Builder) -> Builder + Send + Sync + 'static) -> Plan {
        let before = self.make;
        self.make = Arc::new(move |id, builder| set(id, before(id, builder)));
        self
    }

    /// Limits what a ring of the guest may use, each time it is started: see [`Guest::limit`]. One that is restored or
    /// cloned has what the other one had left of them. Fuel of the
    /// program's own ring that is used up counts as the guest's, but [`super::Supervisor::refuel`] is not for it.
    #[must_use]
    pub fn ring_limits(mut self, ring: Ring, limits: RingLimits) -> Plan {
        self.ring_limits.push((ring, limits));
        self
    }

    /// Sets limits and policies.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Plan {
        self.limits = limits;
        self
    }

    /// Bounds the messages that wait for the guest, in bytes: 1 MiB by default.
    #[must_use]
    pub fn inbox(mut self, bytes: usize) -> Plan {
        self.inbox = bytes;
        self
    }

    /// Lets the guest spawn so many guests with the same limits, together with those that these spawn. By
    /// default it may not. All of them use the fuel of one budget, and each has memory of its own. What they are spawned
    /// with is kept for as long as they are there, 16 MiB for all at most: so much of the host's memory comes to theirs.
    #[must_use]
    pub fn spawns(mut self, count: u32) -> Plan {
        self.spawns = Arc::new(AtomicU32::new(count));
        self
    }

    /// Destroys the guest when it has ended.
    #[must_use]
    pub fn forgotten(mut self) -> Plan {
        self.is_kept = false;
        self
    }

    /// The plan of a guest that a guest of this plan spawns, if it still may.
    pub(super) fn child(&self, source: &[u8], name: &str, args: Vec<Value>) -> Option<Plan> {
        let less = |left: u32| left.checked_sub(1);
        let order = Ordering::Relaxed;
        self.spawns.fetch_update(order, order, less).ok()?;
        Some(Plan {
            base: Base::New,
            source: Some(Plan::text(source, name)),
            args,
            is_kept: false,
            ..self.clone()
        })
    }

    /// Makes the guest use a budget that others use, too, and that keeps what it is given.
    pub(super) fn of_family(mut self, budget: Budget, kept: Kept) -> Plan {
        self.family = Some(budget);
        self.kept = Some(Arc::new(kept));
        self
    }

    /// What the guest is made with; `memory` is what its limits say by now.
    fn builder(&self, id: Id, shared: &Arc<Shared>, memory: Option<u64>) -> Builder {
        let mut builder = (self.make)(id, Guest::builder());
        if let Some(bytes) = memory.or(self.limits.memory) {
            builder = builder.memory(bytes);
        }
        if self.family.is_some() {
            // Those who spawn have both, and what is spawned begins with them.
            builder = builder.tasks(true).libraries(Libraries::All);
        }
        let host = std::mem::replace(&mut builder.host, Box::new(Refuse));
        // A panic is for the thread that runs the guest: it ends in `State::Stuck`.
        let outside = Outside::new(host, shared.clone(), id);
        builder.host(outside).let_panics_out()
    }

    /// Makes the guest, ready to run.
    pub(super) fn build(
        &self,
        id: Id,
        shared: &Arc<Shared>,
        limits: &Limits,
    ) -> Result<Guest, Error> {
        let builder = self.builder(id, shared, limits.memory);
        let mut guest = match &self.base {
            Base::New => builder.build()?,
            Base::Image(image) => builder.fork(image)?,
            Base::Snapshot(bytes) => builder.restore(bytes)?,
        };
        if let Some(source) = &self.source {
            let main = guest.load(&source.text, &source.name)?;
            guest.start(&main, &self.args)?;
        }
        for (ring, limits) in &self.ring_limits {
            guest.limit(*ring, *limits);
        }
        Ok(guest)
    }

    /// Makes a guest from the snapshot of one with this plan. It keeps the memory that the other one had,
    /// and what is left of the limits of its rings.
    pub(super) fn rebuild(
        &self,
        id: Id,
        shared: &Arc<Shared>,
        limits: &Limits,
        bytes: &[u8],
    ) -> Result<Guest, Error> {
        let builder = self.builder(id, shared, limits.memory).keep_memory();
        builder.restore(bytes)
    }

    /// Makes a guest from the image of one with this plan. It keeps the memory that the other one had, and
    /// what is left of the limits of its rings.
    pub(super) fn fork(
        &self,
        id: Id,
        shared: &Arc<Shared>,
        limits: &Limits,
        image: &Image,
    ) -> Result<Guest, Error> {
        let builder = self.builder(id, shared, limits.memory).keep_memory();
        builder.fork(image)
    }
}
