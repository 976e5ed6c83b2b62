//! A guest and its life: loaded, called, run on fuel, answered. Must not know the engine.

use crate::body::{Body, Log};
use crate::builder::Builder;
use crate::convert::FromLua;
use crate::drive::first_or_nil;
use crate::error::{LuaError, Result};
use crate::handle::Function;
use crate::journal::{Divergence, Journal};
use crate::lua::Lua;
use crate::value::Value;
use bvm_vm::exec::stops::Spot;
use bvm_vm::{Reply, Request, Ring};

/// Why a run ended. Running again without doing what the exit asks for gives the same exit again.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// No call has been started.
    Idle,
    /// The function returned these values.
    Done(Vec<Value>),
    /// A Lua error reached the bottom. The call is over.
    Error(LuaError),
    /// The fuel is used up. Run with more, and the guest goes on.
    OutOfFuel,
    /// The guest's memory is full, and [`Builder::end_at_memory`] was asked for. Raise the limit
    /// ([`Guest::set_memory_limit`]) and run, and the guest goes on.
    MemoryFull,
    /// The same in the middle of something that cannot go on: the call is over.
    OutOfMemory,
    /// The guest has come to where it is to stop: see [`Guest::break_at`] and [`Guest::step`]. Run, and it goes on.
    Breakpoint(Spot),
    /// The host answers later: see [`Guest::request`] and [`Guest::answer`].
    Waiting,
    /// The guest asked to end with this code. The call is over.
    Ended(i64),
    /// A guest that is answered from a journal did not do what it did then. The call is over.
    Diverged(Divergence),
}

/// One Lua program with its memory, separate from all others, run step by step.
///
/// What a [`Lua`] does at once goes in steps here: a call is started, run on fuel, paused, answered, saved. Both have
/// the same values, functions and handles; [`Guest::lua`] gives the way to them.
#[derive(Debug)]
pub struct Guest {
    lua: Lua,
}

impl Guest {
    /// A guest with all libraries, no memory limit and a host that refuses everything.
    ///
    /// # Errors
    /// [`Error::NoRoom`](crate::Error::NoRoom).
    pub fn new() -> Result<Guest> {
        Guest::builder().build()
    }

    /// Begins with the settings of [`Guest::new`].
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn owned(mut body: Body) -> Guest {
        body.make_due_changes();
        Guest {
            lua: Lua::owned(body),
        }
    }

    /// The guest as what tables, functions and values need. Calls that go through it run on the fuel that the guest has
    /// left, and only while no call is paused.
    ///
    /// ```
    /// use bvm::Guest;
    /// let mut guest = Guest::new()?;
    /// let double = guest.lua().function(|n: f64| n * 2.0)?;
    /// guest.set_global("double", double)?;
    /// assert_eq!(guest.eval::<f64>("return double(21)", 1_000)?, 42.0);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn lua(&self) -> &Lua {
        &self.lua
    }

    /// The guest as one whose calls run to their end, on what fuel it has left; see [`Lua::set_fuel`].
    pub fn into_lua(self) -> Lua {
        self.lua
    }

    /// Does something with the body, which is there and free while somebody holds the guest.
    pub(crate) fn with<R: Default>(&self, f: impl FnOnce(&mut Body) -> R) -> R {
        let done = self.lua.shared().with(|body, _| Ok(f(body)));
        done.unwrap_or_default()
    }

    /// Compiles a source into a function; it does not run yet. `name` is a chunk name of Lua: `@` and a
    /// file name, `=` and any name, or the source itself. A first line that starts with `#` is skipped.
    /// See [`Chunk::into_function`](crate::Chunk::into_function); a binary chunk will do as well.
    ///
    /// # Errors
    /// [`Error::Syntax`](crate::Error::Syntax), [`Error::OutOfMemory`](crate::Error::OutOfMemory); [`Error::Chunk`](crate::Error::Chunk) and [`Error::Verify`](crate::Error::Verify) for binary chunks.
    pub fn load(&mut self, source: impl AsRef<[u8]>, name: &str) -> Result<Function> {
        self.lua.load_now(source.as_ref(), name)
    }

    /// Begins a call, which [`Guest::run`] then executes. A call that is under way is dropped.
    ///
    /// # Errors
    /// [`Error::Foreign`](crate::Error::Foreign), [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn start(&mut self, function: &Function, args: &[Value]) -> Result<()> {
        let shared = self.lua.shared();
        shared.with(|body, shared| body.start(shared, function, args))
    }

    /// Adds `fuel` units to what is left and runs the started call until it ends, waits or stops. Functions of the
    /// host are called in the middle of it; what they call back into the guest is not paused, and paid for by this
    /// run and the next ones.
    pub fn run(&mut self, fuel: u64) -> Exit {
        // The guest is here, and nobody else runs it.
        self.lua.run(fuel).unwrap_or(Exit::Idle)
    }

    /// How many requests were refused because they were not granted: see [`Builder::allow`].
    pub fn refused(&self) -> u64 {
        self.with(|body| body.vm.refused())
    }

    /// The hypercall that waits for [`Guest::answer`].
    pub fn request(&self) -> Option<Request> {
        self.with(|body| body.waiting().cloned())
    }

    /// Answers the hypercall that waits; run again to go on. Without one the answer is dropped, and so it is
    /// by a guest that a journal answers.
    pub fn answer(&mut self, reply: Reply) {
        self.with(|body| body.answer(reply));
    }

    /// What has been recorded until now, when [`Builder::record`] asked for it. Recording begins anew.
    pub fn take_journal(&mut self) -> Option<Journal> {
        self.with(|body| match &mut body.log {
            Log::Record(journal) => {
                let next = Journal::new(journal.setup.clone());
                Some(std::mem::replace(journal, next))
            }
            _ => None,
        })
    }

    /// How many entries a guest that is answered from a journal has not come to yet; 0 for others.
    pub fn entries_left(&self) -> usize {
        self.with(|body| match &body.log {
            Log::Replay(replay) => replay.left(),
            _ => 0,
        })
    }

    /// Calls a function and runs it to its end on `fuel` units at most.
    ///
    /// # Errors
    /// Every exit but [`Exit::Done`] is one here. After [`Error::OutOfFuel`](crate::Error::OutOfFuel) the call can go on by
    /// [`Guest::run`].
    pub fn call(&mut self, function: &Function, args: &[Value], fuel: u64) -> Result<Vec<Value>> {
        self.start(function, args)?;
        match self.run(fuel) {
            Exit::Done(values) => Ok(values),
            other => Err(other.into_error()),
        }
    }

    /// Loads a source, calls it and turns its first result into a `T`.
    ///
    /// # Errors
    /// Those of [`Guest::load`], [`Guest::call`] and [`FromLua`].
    pub fn eval<T: FromLua>(&mut self, source: impl AsRef<[u8]>, fuel: u64) -> Result<T> {
        let function = self.load(source, "=eval")?;
        let values = self.call(&function, &[], fuel)?;
        T::from_lua(first_or_nil(values), &self.lua)
    }

    /// The value of a global, without metamethods.
    ///
    /// # Errors
    /// [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn global(&mut self, name: &str) -> Result<Value> {
        self.lua.globals().raw_get(name)
    }

    /// Sets a global, without metamethods.
    ///
    /// # Errors
    /// [`Error::Foreign`](crate::Error::Foreign), [`Error::OutOfMemory`](crate::Error::OutOfMemory).
    pub fn set_global(&mut self, name: &str, value: impl Into<Value>) -> Result<()> {
        self.lua.globals().raw_set(name, value.into())
    }

    /// Units of fuel left. Negative when the last step took more than there was: the next run pays.
    pub fn fuel_left(&self) -> i64 {
        self.with(|body| {
            let held_back = match &body.log {
                Log::Replay(replay) => replay.held_back,
                _ => 0,
            };
            let [lent, held_back] =
                [body.lent, held_back].map(|units| i64::try_from(units).unwrap_or(i64::MAX));
            let left = body.vm.fuel_left().saturating_add(held_back);
            left.saturating_sub(lent)
        })
    }

    /// Whether the last run has ended with [`Exit::OutOfFuel`](crate::Exit::OutOfFuel) because a ring has used up its account
    /// and nobody in the guest can be told of it. More fuel does not help then, only a higher limit: [`Guest::limit`].
    pub fn is_overdrawn(&self) -> bool {
        self.with(|body| body.vm.is_overdrawn())
    }

    /// Whether the last run has ended with fuel left, because the guest stands for its collector or has stood for it.
    pub(crate) fn has_stood(&self) -> bool {
        self.with(|body| body.vm.has_stood())
    }

    /// Bounds the work of the collector in a run that the guest stands for.
    pub(crate) fn set_patience(&mut self, most: u64) {
        self.with(|body| body.vm.set_patience(most));
    }

    /// Takes all fuel away, a debt included.
    pub fn drain_fuel(&mut self) {
        self.with(|body| {
            body.vm.drain_fuel();
            body.lent = 0;
            if let Log::Replay(replay) = &mut body.log {
                replay.held_back = 0;
            }
        });
    }

    /// The ring in which the guest's program runs: see [`Builder::ring`](crate::Builder::ring).
    pub fn ring(&self) -> Ring {
        self.with(|body| body.vm.home())
    }

    /// Bytes of guest memory in use: alive after the last collection, plus all given out since.
    pub fn memory_used(&self) -> u64 {
        self.lua.memory_used()
    }
}
