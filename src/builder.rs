//! What a guest is made with. Must not know what it does afterwards.

use crate::body::{Body, Log, StackMark, State};
use crate::console::Console;
use crate::error::Error;
use crate::guest::{Exit, Guest};
use crate::handle::Roots;
use crate::held::Held;
use crate::host::{Fenced, Host, Refuse};
use crate::journal::{Journal, Replay, Setup};
use crate::lua::Lua;
use crate::module::Module;
use crate::userdata::{ClassInfo, UserData};
use bvm_isa::Dialect;
use bvm_isa::hypercall::Group;
use bvm_vm::grants::{APPLICATION, Grants};
use bvm_vm::vm::Config;
use bvm_vm::{MEMORY_LENT, MOST_HANDLES, Ring, Vm};
use std::hash::{BuildHasher, RandomState};

/// Which libraries a guest gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Libraries {
    /// All of Lua 5.1. What needs the outside world asks the host.
    #[default]
    All,
    /// None: the globals are empty.
    None,
}

/// What a guest is made with.
pub struct Builder {
    pub(crate) config: Config,
    pub(crate) libraries: Libraries,
    pub(crate) tasks: bool,
    pub(crate) host: Box<dyn Host>,
    lets_panics_out: bool,
    pub(crate) ring: Ring,
    pub(crate) grants: Option<Grants>,
    pub(crate) handles: usize,
    ends_at_memory: bool,
    large_pages: bool,
    /// Bytes of memory that the guest gets at once.
    committed: u64,
    /// Whether a guest with a past keeps all the memory that it has.
    keeps_memory: bool,
    clock: Option<u64>,
    pub(crate) log: Log,
    /// The seed that was asked for.
    seed: Option<u64>,
    pub(crate) keeps_seed: bool,
    /// What a [`Lua`] may use; nothing for no limit.
    fuel: Option<u64>,
    /// What functions of the host may be lent for calls back.
    credit: u64,
    pub(crate) held: Held,
    /// What the guest gets as globals.
    modules: Vec<Module>,
    /// Natives that a snapshot may have beside those of the libraries.
    pub(crate) more_natives: &'static [bvm_vm::Native],
    /// Whether a restored guest that waits puts its request to its host again.
    pub(crate) asks_again: bool,
}

impl Builder {
    /// The settings of [`Guest::new`].
    pub(crate) fn new() -> Builder {
        Builder {
            config: Config::default(),
            libraries: Libraries::All,
            tasks: false,
            host: Box::new(Refuse),
            lets_panics_out: false,
            ring: Ring::default(),
            grants: None,
            handles: MOST_HANDLES,
            ends_at_memory: false,
            large_pages: true,
            committed: 0,
            keeps_memory: false,
            clock: None,
            log: Log::Off,
            seed: None,
            keeps_seed: false,
            fuel: None,
            credit: 10_000_000,
            held: Held::default(),
            modules: Vec::new(),
            more_natives: &[],
            asks_again: false,
        }
    }

    /// The settings of [`Lua::new`].
    pub(crate) fn of_lua() -> Builder {
        Builder::new().host(Console::new())
    }

    /// Limits the guest's memory, in bytes. It is given out in blocks of 32 KiB; a guest with all
    /// libraries needs some 128 KiB to begin with. Values and functions of the host that the guest has count as well:
    /// see [`Class::memory`](crate::Class::memory).
    #[must_use]
    pub fn memory(mut self, bytes: u64) -> Builder {
        self.config.memory = bytes;
        self
    }

    /// Stops the guest with [`Exit::MemoryFull`] when its memory is full, instead of raising an error that it may
    /// catch, as Lua does. It goes on when it may have more: see [`Guest::set_memory_limit`]. Until it stops it may
    /// have 256 KiB beyond its limit, with which a builder of the same limit restores and forks it; then it should get more
    /// before it runs. A library function that asks for more than that at once in the middle of its work, and cannot begin
    /// again, ends the call with [`Exit::OutOfMemory`].
    ///
    /// What a function of the host has called back cannot stop: such a call ends with [`Error::OutOfMemory`], for the
    /// function to pass on or not, and what it leaves is collected. If the memory is full even then, the guest stops
    /// once the function has returned.
    ///
    /// ```
    /// use bvm::{Exit, Guest};
    /// let mut guest = Guest::builder().memory(4 << 20).end_at_memory().build()?;
    /// let greedy = guest.load("while true do pcall(string.rep, 'x', 1e8) end", "=greedy")?;
    /// guest.start(&greedy, &[])?;
    /// assert_eq!(guest.run(1_000_000), Exit::MemoryFull);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn end_at_memory(mut self) -> Builder {
        self.ends_at_memory = true;
        self
    }

    /// Whether the system may back a heap beyond 4 MiB by pages of 2 MiB, as it does by default on Linux. Programs with
    /// large heaps run 3 to 15 % faster then; but the system clears such a page in one piece, which takes about 200 µs
    /// of some slice. A guest that has to stop within microseconds should do without.
    #[must_use]
    pub fn large_pages(mut self, may: bool) -> Builder {
        self.large_pages = may;
        self
    }

    /// Has the system give the first `bytes` of the guest's memory when the guest is made. By default it comes page by
    /// page, as a guest first uses it, which takes one to two microseconds for each page of 4 KiB, of some slice. So this is
    /// for guests that have to stop within microseconds from the beginning; it takes memory of the host that they may never
    /// use, up to its limit. On Linux 5.14 or later; elsewhere memory is given as it is used.
    #[must_use]
    pub fn commit(mut self, bytes: u64) -> Builder {
        self.committed = bytes;
        self
    }

    /// Reserves 2^`bits` bytes of address space, 20 to 32; another number is taken as the nearest of these. By default it is 4 GiB, or what the system
    /// grants. A span below 32 bits costs some speed; it is for systems that do not overcommit, and for more
    /// than some 25,000 guests at once, which is all that the address space of a process holds of 4 GiB each.
    /// Up to 60,000 guests of at most 23 bits share what they have in common, and 30,000 larger ones.
    #[must_use]
    pub fn span(mut self, bits: u32) -> Builder {
        self.config.span_bits = Some(bits.clamp(20, 32));
        self
    }

    /// Seeds the hashes of strings and `math.random`. The same seed gives the same run, the order of
    /// `pairs` included; a secret one keeps strangers from choosing strings and keys that collide. Without one they can, and
    /// pay for the walks along their chains.
    ///
    /// Guests that are restored or forked keep the hashes, and their `math.random` begins anew: with this seed,
    /// or without one with a fresh one that nobody knows. See [`Builder::keep_seed`].
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.config.seed = seed;
        self.seed = Some(seed);
        self
    }

    /// Whether `math.random` of a guest that is restored or forked goes on where the other one's stands. By
    /// default it does not, so that no two guests have the same secrets; a run that is to be repeated wants it.
    ///
    /// ```
    /// use bvm::Guest;
    /// let image = Guest::new()?.image()?;
    /// let random = |keeps| {
    ///     let mut fork = Guest::builder().keep_seed(keeps).fork(&image)?;
    ///     fork.eval::<f64>("return math.random()", 1_000)
    /// };
    /// assert_ne!(random(false)?, random(false)?);
    /// assert_eq!(random(true)?, random(true)?);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn keep_seed(mut self, keeps: bool) -> Builder {
        self.keeps_seed = keeps;
        self
    }

    /// Chooses the language: [`Dialect::Bvm`] by default, which is Lua 5.1 with additions.
    #[must_use]
    pub fn dialect(mut self, dialect: Dialect) -> Builder {
        self.config.dialect = dialect;
        self
    }

    /// Chooses the libraries.
    #[must_use]
    pub fn libraries(mut self, libraries: Libraries) -> Builder {
        self.libraries = libraries;
        self
    }

    /// Whether the guest has the library `task`, by which it reaches other guests. It is no part of Lua 5.1, and
    /// only a host with a supervisor answers it; by default it is not there.
    #[must_use]
    pub fn tasks(mut self, on: bool) -> Builder {
        self.tasks = on;
        self
    }

    /// Sets the host that answers hypercalls, instead of [`Refuse`].
    #[must_use]
    pub fn host(mut self, host: impl Host + 'static) -> Builder {
        self.host = Box::new(host);
        self
    }

    /// Lets a guest that is restored or forked keep what it has, though that be more than its limit: it was this host's
    /// own before.
    pub(crate) fn keep_memory(mut self) -> Builder {
        self.keeps_memory = true;
        self
    }

    /// Makes a machine with a past within the limit of memory. One that may have more than that keeps it, and gets
    /// nothing new before it has less or may have more.
    pub(crate) fn in_memory<E>(&self, make: impl Fn(&Config) -> Result<Vm, E>) -> Result<Vm, E> {
        make(&self.config).or_else(|_| {
            let beyond = match self.keeps_memory {
                true => u64::MAX,
                false => MEMORY_LENT,
            };
            let memory = self.config.memory.saturating_add(beyond);
            let mut vm = make(&Config {
                memory,
                ..self.config.clone()
            })?;
            vm.begin_within(self.config.memory);
            Ok(vm)
        })
    }

    /// Lets panics of the host out of the guest's runs.
    pub(crate) fn let_panics_out(mut self) -> Builder {
        self.lets_panics_out = true;
        self
    }

    /// Makes `os.clock` go by the fuel that the guest uses ([`Guest::time`]), `rate` units a second, instead of asking
    /// the host: it tells the same in every run. 0 is the host's clock, as by default. Guests that are restored or
    /// forked keep the clock that they had, unless this is said.
    ///
    /// ```
    /// use bvm::Guest;
    /// let mut guest = Guest::builder().own_clock(1_000).build()?;
    /// let spent = guest.eval::<f64>("local t = os.clock() for i = 1, 5000 do end return os.clock() - t", 10_000)?;
    /// assert!(spent > 5.0 && spent < 5.1);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn own_clock(mut self, rate: u64) -> Builder {
        self.clock = Some(rate);
        self
    }

    /// Grants a group of hypercalls to the guest's program and library code (rings 1 and 2). A guest with no
    /// word about it is granted all groups; after the first one, what was not allowed is refused: the host
    /// does not see it, and the guest gets an error that names hypercall and group.
    ///
    /// ```
    /// use bvm::{Capture, Error, Group, Guest};
    /// let (host, output) = Capture::new(1 << 16);
    /// let mut guest = Guest::builder().host(host).allow(Group::Console).build()?;
    /// guest.eval::<()>("print('hello')", 10_000)?;
    /// let Err(Error::Lua(error)) = guest.eval::<f64>("return os.time()", 10_000) else { panic!("it may") };
    /// assert_eq!(error.to_string(), "eval:1: hypercall 'time' (time) is not granted to ring 2");
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn allow(mut self, group: Group) -> Builder {
        let grants = self.grants.unwrap_or_else(Grants::none);
        self.grants = Some(grants.allow(APPLICATION, group));
        self
    }

    /// Sets what each ring of the guest is granted.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Builder {
        self.grants = Some(grants);
        self
    }

    /// Keeps a [`Journal`] of all that the host answers: see [`Guest::take_journal`]. It grows with every
    /// hypercall. Functions of the host are no part of it: a guest that follows a journal calls them again.
    #[must_use]
    pub fn record(mut self) -> Builder {
        self.log = Log::Wanted;
        self
    }

    /// Makes the guest one that a journal answers, with the settings that the recorded one had. Given the
    /// same calls it does the same: it reaches the same exits, uses the same fuel and ends in the same state,
    /// however its fuel is sliced. Its own host sees only what is written to the standard output and error,
    /// and what it answers counts for nothing. A guest that was put off is answered by the next run.
    ///
    /// A guest that does something else ends with [`Exit::Diverged`].
    #[must_use]
    pub fn replay(mut self, journal: Journal) -> Builder {
        let setup = &journal.setup;
        self.config.seed = setup.seed;
        self.seed = Some(setup.seed);
        self.config.memory = setup.memory;
        self.config.dialect = setup.dialect();
        self.ring = Ring::new(setup.ring).unwrap_or_default();
        self.tasks = setup.tasks;
        self.grants = Some(setup.grants);
        self.handles = usize::try_from(setup.handles).unwrap_or(usize::MAX);
        self.ends_at_memory = setup.ends_at_memory;
        self.clock = Some(setup.clock);
        self.log = Log::Replay(Replay::new(journal));
        self
    }

    /// Limits how many files and processes the guest may have open; 65,536 otherwise, and at most. Beyond it
    /// it gets `Too many open files`, and the host is not asked.
    #[must_use]
    pub fn handles(mut self, most: usize) -> Builder {
        self.handles = most;
        self
    }

    /// Natives that a snapshot may have beside those of the libraries: for the command, which saves guests with its
    /// own under them.
    #[doc(hidden)]
    #[must_use]
    pub fn more_natives(mut self, natives: &'static [bvm_vm::Native]) -> Builder {
        self.more_natives = natives;
        self
    }

    /// Puts the request that a restored guest waits for to its host when it runs, instead of leaving the answer to the
    /// embedder: for the command, which saves guests that a host has kept too long.
    #[doc(hidden)]
    #[must_use]
    pub fn asks_again(mut self) -> Builder {
        self.asks_again = true;
        self
    }

    /// Gives a module of the host to the guest, as a global. A guest that is restored or begins with an image has its
    /// globals already; it finds the module's functions and types by their names.
    #[must_use]
    pub fn module(mut self, module: &Module) -> Builder {
        module.register(&mut self.held);
        self.modules.push(module.clone());
        self
    }

    /// Makes a type of the host known by its name, for a guest that has values of it.
    #[must_use]
    pub fn class<T: UserData>(mut self) -> Builder {
        self.held.know(ClassInfo::of::<T>());
        self
    }

    /// Limits the fuel of a [`Lua`], for all its calls together; a [`Guest`] gets its fuel by [`Guest::run`]. See
    /// [`Lua::set_fuel`].
    #[must_use]
    pub fn fuel(mut self, units: u64) -> Builder {
        self.fuel = Some(units);
        self
    }

    /// Limits what a function of the host may run in the guest when it calls back, beyond the fuel of the slice in which
    /// it was called: 10 million units for each call back, otherwise. A call back is not paused; what it is
    /// lent the next slices pay.
    #[must_use]
    pub fn callback_fuel(mut self, units: u64) -> Builder {
        self.credit = units;
        self
    }

    /// Makes a [`Lua`] of the guest: calls run to their end.
    ///
    /// # Errors
    /// Those of [`Builder::build`].
    pub fn lua(self) -> Result<Lua, Error> {
        let fuel = self.fuel;
        let lua = self.build()?.into_lua();
        lua.set_fuel(fuel);
        Ok(lua)
    }

    /// Makes the guest.
    ///
    /// # Errors
    /// [`Error::NoRoom`], [`Error::OutOfMemory`].
    pub fn build(mut self) -> Result<Guest, Error> {
        let mut vm = crate::fresh::machine(&self.config, self.libraries, self.tasks)?;
        if self.ring != Ring::default() {
            let has_globals = self.libraries == Libraries::All;
            crate::fresh::move_to(&mut vm, self.ring, has_globals)?;
        }
        let modules = std::mem::take(&mut self.modules);
        let guest = Guest::owned(self.body(vm));
        for module in &modules {
            guest.lua().add_module(module)?;
        }
        Ok(guest)
    }

    /// Chooses the seed of a guest that begins where another one stands.
    pub(crate) fn renew_seed(&mut self) -> u64 {
        // The keys of the standard library's hash tables are random, and others for each of them.
        let fresh = || RandomState::new().hash_one(crate::saved::next_generation());
        self.config.seed = self.seed.unwrap_or_else(fresh);
        self.config.seed
    }

    /// The body over a machine. It has no call.
    pub(crate) fn body(self, mut vm: Vm) -> Body {
        let grants = self.grants.unwrap_or_default();
        vm.set_grants(grants);
        vm.set_handle_limit(self.handles);
        vm.end_at_memory(self.ends_at_memory);
        vm.set_large_pages(self.large_pages);
        if self.committed > 0 {
            vm.commit(self.committed.min(self.config.memory));
        }
        if let Some(rate) = self.clock {
            vm.access(|cpu| cpu.set_own_clock(rate));
        }
        let log = match self.log {
            Log::Wanted => Log::Record(Journal::new(Setup {
                seed: self.config.seed,
                language: self.config.dialect.code(),
                memory: self.config.memory,
                ring: self.ring as u8,
                tasks: self.tasks,
                grants,
                handles: self.handles as u64,
                ends_at_memory: self.ends_at_memory,
                clock: self.clock.unwrap_or(0),
            })),
            log => log,
        };
        let held = self.held;
        Held::of(&mut vm, |new| *new = held);
        let host = match self.lets_panics_out {
            true => self.host,
            false => Box::new(Fenced(self.host)),
        };
        Body {
            vm,
            host,
            log,
            roots: Roots::default(),
            state: State::Over(Exit::Idle),
            generation: crate::saved::next_generation(),
            is_unlimited: false,
            is_whole: false,
            lent: 0,
            credit: self.credit,
            inner: Vec::new(),
            serving: 0,
            stack: StackMark::default(),
            is_at_host: false,
            later: None,
            is_underway: false,
            waiters: Vec::new(),
            pending: None,
            is_full: false,
        }
    }
}
