//! A guest's machine: made with its natives, loaded, called, run on fuel, answered.

use crate::data::{string, table, thread};
use crate::error::Raise;
use crate::exec::code::Code;
use crate::exec::meter::Meter;
use crate::exec::ring::{account_of, lease, settle};
use crate::exec::stand::{run_begins, run_ends};
use crate::exec::{Cpu, stubs};
use crate::exit::{Exit, Reply, Request};
use crate::grants::Grants;
use crate::handles::Handles;
use crate::heap::{self, BLOCK, LINE, NoMemory};
use crate::host::{Host, Mem};
use crate::image::Beginning;
use crate::meta::EVENTS;
use crate::native::Native;
use crate::objects::root::{self, AT};
use crate::objects::{Table, Thread, account, node};
use crate::ring::{Ring, Rings};
use crate::value::Value;
use bvm_cage::{Region, RegionError};
use bvm_isa::Dialect;
use bvm_isa::verify::Verified;
use std::sync::Arc;

/// What a machine is made with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The natives; their order is part of an image.
    pub natives: Arc<[Native]>,
    /// Memory limit in bytes: blocks of the heap beyond it are refused.
    pub memory: u64,
    /// Seed of the string hashes; 0 gives tables the order that they have in Lua 5.1.
    pub seed: u64,
    /// The guest's language.
    pub dialect: Dialect,
    /// Bits of the region's span, `None` for the most that the system grants.
    pub span_bits: Option<u32>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            natives: Arc::new([]),
            memory: u64::MAX,
            seed: 0,
            dialect: Dialect::default(),
            span_bits: None,
        }
    }
}

/// One guest's machine.
#[derive(Debug)]
pub struct Vm {
    pub(crate) region: Region<Host>,
    /// What has been put off until somebody uses the machine.
    pub(crate) beginning: Option<Beginning>,
}

impl Vm {
    /// A machine with empty globals.
    ///
    /// # Errors
    /// When the system grants no address space, or the memory limit is too small for the root objects.
    pub fn new(config: &Config) -> Result<Vm, RegionError> {
        let mut vm = Vm::reserve(config)?;
        let span = vm.span();
        vm.enter(|mem| set_up(mem, config, span))
            .map_err(|NoMemory| RegionError)?;
        Ok(vm)
    }

    /// A machine whose memory is all zeros yet.
    pub(crate) fn reserve(config: &Config) -> Result<Vm, RegionError> {
        let host = Host::new(config.natives.clone());
        let region = match config.span_bits {
            Some(bits) => Region::with_span(host, bits.max(20))?,
            None => Region::new(host)?,
        };
        Ok(Vm {
            region,
            beginning: None,
        })
    }

    /// Gives access to the machine between runs: to make values and to install libraries.
    pub fn access<R>(&mut self, f: impl FnOnce(&mut Cpu<'_, '_>) -> R) -> R {
        self.used().enter(|mem| {
            heap::collect::complete(mem);
            let mut cpu = Cpu::wake(mem);
            let result = f(&mut cpu);
            cpu.sleep();
            // What the host looks up is not the guest's to pay.
            cpu.mem.host().walked.set(0);
            result
        })
    }

    /// Lets all be done that a native that waits for fuel has begun outside of the guest, such as compiling: before something changes
    /// that the rest would find. That takes as long as the native would have taken for it.
    pub fn complete_work(&mut self) {
        // Whoever reaches into the guest asks for this, and mostly there is nothing.
        if self.host().has_begun() {
            self.enter(crate::load::portions::complete);
        }
    }

    /// The function of a verified main prototype, with the main thread's globals as its environment.
    ///
    /// # Errors
    /// No memory.
    pub fn load(&mut self, verified: Verified) -> Result<Value, NoMemory> {
        self.used().enter(|mem| {
            heap::collect::complete(mem);
            let main = mem.get(AT, root::MAIN);
            let globals = Table(mem.get(main, Thread::ENV));
            let ring = Rings::unpack(mem.get(AT, root::RINGS)).level;
            let loaded = crate::load::load(mem, verified, globals, ring).map(Value::from);
            mem.host().walked.set(0);
            loaded
        })
    }

    /// Whether the system may back a large heap by large pages: it does, unless told otherwise before the heap is large.
    pub fn set_large_pages(&mut self, may: bool) {
        self.region.host_mut().large_pages = may;
    }

    /// Has the system give the memory of the first `bytes` of the heap now, and not page by page as it is first used.
    pub fn commit(&mut self, bytes: u64) {
        self.enter(|mem| heap::commit(mem, bytes));
    }

    /// Makes `ring` the one in which functions are loaded and the host's calls begin. Whatever ran is dropped.
    pub fn set_home(&mut self, ring: Ring) {
        self.access(|cpu| {
            cpu.mem.set(AT, root::HOME, ring.number());
            cpu.reset_main();
        });
    }

    /// The ring in which the host's calls begin.
    pub fn home(&self) -> Ring {
        Ring::new(self.peek(|mem| mem.get(AT, root::HOME))).unwrap_or_default()
    }

    /// Begins a call on the main thread; [`Vm::run`] executes it. Whatever ran there is dropped.
    ///
    /// # Errors
    /// The error that the call itself raises: not a function, no memory.
    pub fn start(&mut self, function: Value, args: &[Value]) -> Result<(), Raise> {
        self.start_with(|cpu| {
            cpu.push(function);
            if !cpu.reserve(args.len() as u32)? {
                return Err(cpu.runtime_error("stack overflow"));
            }
            for &arg in args {
                cpu.push(arg);
            }
            Ok(())
        })
    }

    /// [`Vm::start`] with a function and arguments that `push` puts into the empty window of the main thread, one by
    /// one: what is there already is alive while the next is made.
    ///
    /// # Errors
    /// Those of `push`, and those of [`Vm::start`].
    pub fn start_with<E: From<Raise>>(
        &mut self,
        push: impl FnOnce(&mut Cpu<'_, '_>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.access(|cpu| {
            cpu.lay_out_call(push)?;
            cpu.begin_call().map_err(E::from)
        })
    }

    /// [`Vm::start_with`] and [`Vm::run`] in one, for calls that mostly end at once.
    ///
    /// # Errors
    /// Those of [`Vm::start_with`].
    pub fn call_with<E: From<Raise>>(
        &mut self,
        fuel: u64,
        push: impl FnOnce(&mut Cpu<'_, '_>) -> Result<(), E>,
    ) -> Result<Exit, E> {
        self.access(|cpu| {
            cpu.lay_out_call(push)?;
            cpu.put_off_call().map_err(E::from)
        })?;
        let exit = self.run(fuel);
        if exit != Exit::Done && self.peek(|mem| mem.get(AT, root::SAVED_IP)) == stubs::CALLED {
            // Something came before it. Nobody needs to know that a call can be in such a state.
            self.access(|cpu| cpu.begin_call())?;
        }
        Ok(exit)
    }

    /// Adds `fuel` units and runs until the call ends or the machine has to be left.
    pub fn run(&mut self, fuel: u64) -> Exit {
        let region = self.used();
        let early = region.enter(|mem| {
            let fuel = run_begins(mem, fuel);
            add_fuel(mem, fuel);
            mem.host_mut().stops.run_begins();
            if let Some(exit) = stand_first(mem) {
                return Some(exit);
            }
            let waits = mem.host().request.is_some() && mem.host().reply.is_none();
            let slice = mem
                .get(AT, root::FUEL)
                .saturating_add(mem.get(AT, root::RESERVE));
            // An account that nobody in the guest could be told of waits for the host to fill it.
            let overdrawn = mem.get(AT, root::OVERDRAWN) != 0 && mem.get(AT, root::FUEL) < 0;
            mem.set(AT, root::OVERDRAWN, u8::from(overdrawn));
            match slice < 0 || overdrawn {
                true => Some(Exit::OutOfFuel),
                false if waits => Some(Exit::Hypercall),
                false => None,
            }
        });
        let exit = early.unwrap_or_else(|| region.enter_best(crate::exec::run));
        let [stands, is_dry] = [exit == Exit::Collecting, exit == Exit::OutOfFuel];
        match self.enter(|mem| run_ends(mem, stands, is_dry)) {
            true => Exit::Collecting,
            false => exit,
        }
    }

    /// Gives access to the results of the call that [`Exit::Done`] has just ended: memory, where the first lies, and how
    /// many there are.
    pub fn with_results<R>(&self, f: impl FnOnce(&Mem<'_>, u32, u32) -> R) -> R {
        self.peek(|mem| {
            let from = mem.get(AT, root::RETURNED);
            f(mem, from, mem.get(AT, root::TOP).wrapping_sub(from) / 8)
        })
    }

    /// The results of the call that [`Exit::Done`] has just ended.
    pub fn results(&self) -> Vec<Value> {
        self.with_results(|mem, from, count| {
            let word = |i: u32| Value(mem.load(from.wrapping_add(i.wrapping_mul(8))));
            (0..count).map(word).collect()
        })
    }

    /// Adds units of fuel to what is left.
    pub fn add_fuel(&mut self, fuel: u64) {
        self.enter(|mem| add_fuel(mem, fuel));
    }

    /// Units of fuel left; negative when the last step took more than there was.
    pub fn fuel_left(&self) -> i64 {
        let put_by = i64::try_from(self.host().standing.put_by).unwrap_or(i64::MAX);
        self.peek(|mem| {
            mem.get(AT, root::FUEL)
                .saturating_add(mem.get(AT, root::RESERVE))
        })
        .saturating_div(8)
        .saturating_add(put_by)
    }

    /// Bounds the work that the collector does in a run for which the guest stands, however much fuel that run gets.
    pub fn set_patience(&mut self, most: u64) {
        self.region.host_mut().standing.most_patience = Some(most);
    }

    /// Whether the last run has ended because a ring has used up its account and nobody in the guest can be told of it: more
    /// fuel does not help, only a higher limit of that ring.
    pub fn is_overdrawn(&self) -> bool {
        self.peek(|mem| mem.get(AT, root::OVERDRAWN) != 0)
    }

    /// Whether the last run has ended with [`Exit::Collecting`].
    pub fn has_stood(&self) -> bool {
        self.host().standing.has_stood
    }

    /// Takes the fuel that is left away; a debt stays.
    pub fn drain_credit(&mut self) {
        self.used().enter(|mem| {
            mem.host_mut().standing.put_by = 0;
            let debt = settle(mem, mem.get(AT, root::FUEL)).min(0);
            let left = lease(mem, debt);
            mem.set(AT, root::FUEL, left);
        });
    }

    /// Takes all fuel away, and forgets what has been used.
    pub fn drain_fuel(&mut self) {
        self.used().enter(|mem| {
            mem.host_mut().standing.put_by = 0;
            settle(mem, mem.get(AT, root::FUEL));
            for ring in Ring::ALL {
                mem.set(account_of(ring), account::USED, 0);
            }
            let left = lease(mem, 0);
            mem.set(AT, root::FUEL, left);
        });
    }

    /// Bytes of guest memory in use.
    pub fn memory_used(&self) -> u64 {
        self.peek(heap::in_use)
    }

    /// The hypercall that waits for an answer.
    pub fn request(&self) -> Option<&Request> {
        self.region.host().request.as_ref()
    }

    /// Sets what the guest may ask for; the default of [`Grants`] otherwise. A hypercall that waits and is
    /// not granted is answered so.
    pub fn set_grants(&mut self, grants: Grants) {
        let host = self.region.host_mut();
        host.grants = grants;
        if let Some(request) = host.request.take() {
            host.put_up(request);
        }
    }

    /// How many requests were refused because they were not granted.
    pub fn refused(&self) -> u64 {
        self.region.host().refused
    }

    /// Takes the waiting hypercall out, to be answered with [`Vm::answer`].
    pub fn take_request(&mut self) -> Option<Request> {
        self.region.host_mut().take_request()
    }

    /// Puts a hypercall that was taken out back: it waits for its answer.
    pub fn ask_again(&mut self, request: Request) {
        self.region.host_mut().put_back(request);
    }

    /// Drops the call that is under way, or what is left of one that is over.
    pub fn end(&mut self) {
        self.access(|cpu| cpu.reset_main());
    }

    /// Whether no call is under way.
    pub fn is_idle(&self) -> bool {
        self.peek(|mem| {
            let main = mem.get(AT, root::MAIN);
            let is_main = mem.get(AT, root::THREAD) == main;
            is_main && mem.get(AT, root::FP) == mem.get(main, Thread::FRAMES)
        })
    }

    /// Answers the hypercall that waits, or was taken out last; without one the answer is dropped. An answer
    /// that is not what the table of hypercalls says becomes an error for the guest.
    pub fn answer(&mut self, reply: Reply) {
        self.region.host_mut().answer(reply);
    }

    /// Sets how many streams the guest may have open, besides the three standard ones: 65,536 otherwise, and
    /// at most.
    pub fn set_handle_limit(&mut self, most: usize) {
        self.region.host_mut().handles.set_limit(most);
    }

    /// Takes the open streams away, for the host of a machine that goes on where this one stands.
    pub fn take_handles(&mut self) -> Handles {
        let handles = &mut self.region.host_mut().handles;
        let none = Handles::after(handles.last());
        std::mem::replace(handles, none)
    }

    /// Gives the open streams of the machine that this one has been restored from.
    pub fn give_handles(&mut self, handles: Handles) {
        self.region.host_mut().handles = handles;
    }

    /// The bytes that `tostring` would show for a value, without metamethods.
    pub fn display(&mut self, v: Value) -> Vec<u8> {
        self.access(|cpu| cpu.display(v))
    }

    /// For tests: lets the collector work at every safepoint in one of the ways of [`heap::stress`], so that
    /// a value that is not rooted is lost at once; 0 ends that. What the collector does is not charged
    /// meanwhile.
    pub fn set_gc_stress(&mut self, how: u32) {
        self.used().enter(|mem| {
            mem.set(AT, root::GC_STRESS, how);
            heap::collect::set_threshold(mem);
        });
    }

    /// For tests: lets the allocation number `count`, from 1, fail as if memory were full, and none after it.
    pub fn fail_allocation(&mut self, count: u32) {
        self.enter(|mem| heap::alloc::fail_in(mem, count));
    }

    /// For tests: how many allocations are still to come before the one that fails; 0 when it has failed.
    pub fn until_failure(&self) -> u32 {
        self.peek(|mem| mem.get(AT, root::FAIL_IN))
    }

    /// The most work that the collector has done in one step of a cycle: marked objects, array slots / 4,
    /// nodes / 2. A unit takes some hundred nanoseconds where memory is slow.
    pub fn longest_step(&self) -> u64 {
        self.peek(|mem| u64::from(mem.get(AT, root::GC_LONGEST)))
    }

    /// For tests: looks through the heap; tells whether a cycle is under way. Where the guest stands in the
    /// middle of what nobody else may see, there is nothing to look for.
    ///
    /// # Errors
    /// What is wrong.
    pub fn audit_heap(&self) -> Result<bool, String> {
        match self.host().standing.stage {
            Some(stage) if !stage.is_ahead() => Ok(true),
            _ => self.peek(heap::audit::audit),
        }
    }

    /// For tests: executes everything in the cold code, which must do the same as the hot handlers.
    pub fn set_cold_only(&mut self, on: bool) {
        self.region.host_mut().cold_only = on;
        self.access(|cpu| cpu.choose_handlers());
    }

    pub(crate) fn peek<R>(&self, f: impl FnOnce(&Mem<'_>) -> R) -> R {
        self.region.peek(f)
    }

    pub(crate) fn enter<R>(&mut self, f: impl FnOnce(&mut Mem<'_>) -> R) -> R {
        self.used().enter(f)
    }

    pub(crate) fn host(&self) -> &Host {
        self.region.host()
    }

    pub(crate) fn host_mut(&mut self) -> &mut Host {
        self.region.host_mut()
    }

    /// Bytes that offsets can name.
    pub(crate) fn span(&self) -> u64 {
        self.region.span()
    }
}

/// The guest goes on to stand if the last run has ended where it does, or its memory was full. The exit, if this run ends
/// with that.
#[inline]
fn stand_first(mem: &mut Mem<'_>) -> Option<Exit> {
    match heap::collect::holds(mem) || mem.get(AT, root::MEMORY_LENT) != 0 {
        true => stand_on(mem),
        false => None,
    }
}

#[cold]
fn stand_on(mem: &mut Mem<'_>) -> Option<Exit> {
    let place = std::mem::take(&mut mem.host_mut().standing.stood_at);
    let mut cpu = Cpu::wake(mem);
    let exit = cpu.fuel_ends(place);
    cpu.sleep();
    exit
}

/// Adds units of fuel, and brings the accounts up to date.
fn add_fuel(mem: &mut Mem<'_>, fuel: u64) {
    let most = i64::MAX / 16;
    let units = i64::try_from(fuel).unwrap_or(most).min(most / 8);
    let slice = settle(mem, mem.get(AT, root::FUEL)).saturating_add(units * 8);
    let left = lease(mem, slice.min(most));
    mem.set(AT, root::FUEL, left);
}

/// Lays out a zeroed region as a guest.
fn set_up(mem: &mut Mem<'_>, config: &Config, span: u64) -> Result<(), NoMemory> {
    side_tables(mem, span, config.memory);
    mem.set(AT, root::SEED, config.seed);
    mem.set(AT, root::DIALECT, config.dialect.code());
    for ring in Ring::ALL {
        mem.set(account_of(ring), account::LEFT, account::NO_LIMIT);
        mem.set(account_of(ring), account::MAX_BLOCKS, u32::MAX);
        for meter in Meter::ALL {
            mem.set(account_of(ring), meter.left(), account::NO_COUNT);
        }
    }
    let home = Ring::default();
    mem.set(AT, root::HOME, home.number());
    mem.set(AT, root::RINGS, Rings::of(home).pack());
    mem.set(AT, root::PLAIN_CODES, Rings::of(home).plain_codes());
    mem.set(AT, root::GC_PAUSE, 200);
    mem.set(AT, root::GC_STEPMUL, 200);
    mem.set(AT, root::NATIVES, config.natives.len() as u32);
    mem.set(root::EMPTY_NODE, node::KEY, Value::NIL.0);
    mem.set(root::EMPTY_NODE, node::VALUE, Value::NIL.0);
    stubs::install(mem);
    let buckets = heap::alloc(mem, 256 * 4)?;
    mem.bytes_mut(buckets, 256 * 4).fill(0);
    mem.set(AT, root::STRINGS, buckets);
    mem.set(AT, root::STRING_MASK, 255);
    mem.set(AT, root::STRING_LIMIT, 256);
    let globals = table::new(mem, 0, 2)?;
    mem.set(AT, root::GLOBALS, globals.0);
    let registry = table::new(mem, 0, 8)?;
    mem.set(AT, root::REGISTRY, registry.0);
    let main = thread::new(mem, globals)?;
    mem.set(main.0, Thread::STATUS, thread::RUNNING);
    mem.set(AT, root::MAIN, main.0);
    mem.set(AT, root::THREAD, main.0);
    for (event, name) in EVENTS {
        let s = string::intern(mem, name.as_bytes())?;
        mem.store(AT + u32::from(root::EVENTS) + 4 * *event as u32, s.0);
    }
    let message = string::intern(mem, b"not enough memory")?;
    mem.set(AT, root::MEMORY_MESSAGE, message.0);
    heap::collect::set_threshold(mem);
    let mut cpu = Cpu::wake(mem);
    cpu.reset_main();
    cpu.sleep();
    debug_assert_eq!(Code::Stub as u8, 0);
    Ok(())
}

/// Places the collector's side tables behind the root page and the heap behind them, and sets the limit of
/// blocks. So all that a small guest uses lies near the start of its region.
pub(crate) fn side_tables(mem: &mut Mem<'_>, span: u64, memory: u64) {
    let blocks = (span / u64::from(BLOCK)) as u32;
    let states = root::SIDE_TABLES;
    let lines = states + blocks.next_multiple_of(16);
    let marks = lines + (span / u64::from(LINE)) as u32;
    let first = (marks + (span / 128) as u32).div_ceil(BLOCK);
    mem.set(AT, root::STATES, states);
    mem.set(AT, root::LINES, lines);
    mem.set(AT, root::MARKS, marks);
    mem.set(AT, root::FIRST_BLOCK, first);
    mem.set(AT, root::TOP_BLOCK, first);
    for ring in Ring::ALL {
        mem.set(account_of(ring), account::SCAN_BLOCK, first);
    }
    mem.set(AT, root::SCAN_BLOCK, first);
    mem.set(AT, root::FREE_HINT, first);
    // Without the last block, whose end need not be an offset.
    mem.set(AT, root::END_BLOCK, blocks - 1);
    mem.set(AT, root::MAX_BLOCKS, most_blocks(span, memory));
}

/// Most blocks that may be in use under a limit of `memory` bytes.
pub(crate) fn most_blocks(span: u64, memory: u64) -> u32 {
    (memory.min(span) / u64::from(BLOCK)) as u32
}
