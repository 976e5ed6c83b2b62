//! The ways in which a program can be run: engine modes that must all give the same result.

use crate::host::TestHost;
use bvm_compiler::CompileError;
use bvm_isa::Dialect;
use bvm_isa::verify::{Verified, verify};
use bvm_stdlib::{install, natives};
use bvm_vm::heap::stress;
use bvm_vm::snapshot::SnapshotError;
use bvm_vm::vm::Config;
use bvm_vm::{Exit, Raise, Type, Value, Vm};
use std::cell::RefCell;

/// One way to run a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// All fuel at once: how programs usually run.
    Whole,
    /// One unit of fuel at a time, or 997 at a time once a program has had two million.
    Sliced,
    /// A collection at every safepoint, until the collector has walked [`STRESS_WORK`] bytes.
    Stress,
    /// A step of a cycle at every safepoint, of a size that changes with the cycles.
    Steps,
    /// All instructions through the cold code.
    Cold,
    /// A region of 64 MiB, whose offsets are masked.
    Masked,
    /// The dialect that is Lua 5.1 to the letter; the others speak the program's own.
    Letter,
    /// Cut after slices of many sizes, saved, and gone on with in a machine restored from that.
    Saved,
    /// Cut in the same places, and just gone on with.
    Cut,
    /// Cut in the same places, and gone on with in a fork.
    Forked,
}

impl Mode {
    /// All modes, the plain one first.
    pub const ALL: [Mode; 10] = [
        Mode::Whole,
        Mode::Sliced,
        Mode::Stress,
        Mode::Steps,
        Mode::Cold,
        Mode::Masked,
        Mode::Letter,
        Mode::Saved,
        Mode::Cut,
        Mode::Forked,
    ];

    /// Whether a run must end in the state in which it ends in [`Mode::Whole`], to the last byte of its snapshot.
    pub fn has_same_image(self) -> bool {
        !matches!(
            self,
            Mode::Stress | Mode::Steps | Mode::Letter | Mode::Masked
        )
    }

    /// Whether a run is cut in many places.
    fn is_cut(self) -> bool {
        matches!(self, Mode::Saved | Mode::Cut | Mode::Forked)
    }

    /// Whether the fuel of a run must be what it is in [`Mode::Whole`].
    pub fn has_same_fuel(self) -> bool {
        !matches!(self, Mode::Stress | Mode::Steps)
    }
}

/// Fuel after which [`Mode::Sliced`] takes larger slices, so that its time stays bounded.
const SMALL_SLICES: u64 = 2_000_000;
/// Those larger slices.
const LARGE_SLICE: u64 = 997;

/// Work after which [`Mode::Stress`] collects as usual, so that programs with large heaps end.
pub const STRESS_WORK: u64 = 8_000_000_000;
/// Fuel between two looks at that work.
const STRESS_SLICE: u64 = 512;
/// Fuel between two audits in [`Mode::Steps`]. There is also one whenever a program asks its host.
const AUDIT_SLICE: u64 = 211;

/// How often a run is cut.
const MOST_CUTS: u32 = 60;

/// Where a run is cut.
#[derive(Debug, Clone, Copy, Default)]
pub enum Cuts {
    /// After few units at first, then after more and more, never in step with a loop.
    #[default]
    Growing,
    /// Anywhere in a run that takes so much fuel, by a seed: half of the slices are some part of it, the others
    /// are short, so that natives and callbacks are cut in their middle.
    Random {
        /// Fuel of the whole run.
        fuel: u64,
        /// What the places depend on.
        seed: u64,
    },
}

impl Cuts {
    /// Fuel up to the cut of a number.
    fn after(self, number: u32) -> u64 {
        let drawn = |seed: u64| {
            let mut word = seed
                .wrapping_add(u64::from(number))
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
            word ^= word >> 31;
            word = word.wrapping_mul(0xBF58_476D_1CE4_E5B9);
            word ^ word >> 29
        };
        match self {
            Cuts::Growing => {
                let size = 1u64 << (number / 4);
                size + ((u64::from(number) * 0x9E37_79B9) >> 7) % size
            }
            Cuts::Random { fuel, seed } if number.is_multiple_of(2) => {
                let share = fuel / u64::from(MOST_CUTS / 4) + 1;
                1 + drawn(seed) % share
            }
            Cuts::Random { seed, .. } => 1 + drawn(seed) % (1 << (number / 6)),
        }
    }
}

/// What a run may use.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Units of fuel.
    pub fuel: u64,
    /// Bytes of guest memory.
    pub memory: u64,
    /// The language of the program.
    pub dialect: Dialect,
    /// Whether the state at the end is saved.
    pub saves: bool,
    /// Where modes that cut do so.
    pub cuts: Cuts,
}

impl Limits {
    /// The same, in a mode's dialect.
    fn in_mode(mut self, mode: Mode) -> Limits {
        if mode == Mode::Letter {
            self.dialect = Dialect::Lua51;
        }
        self
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            fuel: 2_000_000_000,
            memory: 1 << 30,
            dialect: Dialect::default(),
            saves: false,
            cuts: Cuts::Growing,
        }
    }
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// The main chunk returned this many values.
    Done(usize),
    /// An uncaught error, as `lua5.1` prints it.
    Error(Vec<u8>),
    /// The program asked to end with this code.
    Exit(i64),
    /// The limit of fuel was reached.
    OutOfFuel,
    /// The source is no Lua.
    Syntax(Vec<u8>),
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Everything it wrote.
    pub output: Vec<u8>,
    /// How it ended.
    pub end: End,
    /// Units of fuel used.
    pub fuel: u64,
    /// Bytes of guest memory in use at the end.
    pub memory: u64,
    /// The most work of one step of the collector.
    pub longest_step: u64,
    /// A snapshot of the end, if that was asked for.
    pub image: Vec<u8>,
}

impl Outcome {
    /// Output and uncaught error as text, for comparing and for messages.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.output).into_owned();
        match &self.end {
            End::Done(_) | End::Exit(0) => {}
            End::Error(m) | End::Syntax(m) => {
                text += &format!("error: {}\n", String::from_utf8_lossy(m));
            }
            other => text += &format!("{other:?}\n"),
        }
        text
    }
}

/// Compiles, loads and runs a source in a fresh machine.
pub fn run(source: &[u8], chunk_name: &str, mode: Mode, limits: Limits) -> Outcome {
    let limits = limits.in_mode(mode);
    match compile_as(source, chunk_name, limits.dialect) {
        Ok(verified) => run_verified(verified, mode, limits),
        Err(error) => Outcome {
            output: vec![],
            end: End::Syntax(error.message),
            fuel: 0,
            memory: 0,
            longest_step: 0,
            image: vec![],
        },
    }
}

/// Compiles a source and verifies what came out, which must succeed.
///
/// # Errors
/// The source is no Lua.
pub fn compile(source: &[u8], chunk_name: &str) -> Result<Verified, CompileError> {
    compile_as(source, chunk_name, Dialect::default())
}

/// [`compile`] in a dialect.
///
/// # Errors
/// The source is no Lua.
pub fn compile_as(
    source: &[u8],
    chunk_name: &str,
    dialect: Dialect,
) -> Result<Verified, CompileError> {
    let mode = bvm_compiler::Mode {
        dialect,
        ..bvm_compiler::Mode::default()
    };
    let proto = bvm_compiler::compile_as(source, chunk_name.as_bytes(), mode)?;
    Ok(verify(proto).unwrap_or_else(|error| panic!("{chunk_name} is not verified: {error}")))
}

/// Runs a verified main function in a fresh machine.
pub fn run_verified(verified: Verified, mode: Mode, limits: Limits) -> Outcome {
    run_with(verified, None, mode, limits)
}

/// The same with an argument.
pub fn run_with(verified: Verified, arg: Option<f64>, mode: Mode, limits: Limits) -> Outcome {
    let limits = limits.in_mode(mode);
    let mut vm = machine(mode, limits);
    let Ok(function) = vm.load(verified) else {
        let end = End::Error(b"not enough memory".to_vec());
        return Outcome {
            output: vec![],
            end,
            fuel: 0,
            memory: vm.memory_used(),
            longest_step: 0,
            image: vec![],
        };
    };
    vm.drain_fuel();
    let mut host = TestHost::default();
    let args: Vec<Value> = arg.into_iter().map(Value::number).collect();
    let started = vm.start(function, &args);
    let (end, fuel) = match started {
        Ok(()) => drive(&mut vm, &mut host, mode, limits),
        Err(Raise::Error(v)) => (End::Error(vm.display(v)), 0),
        Err(other) => (End::Error(format!("{other:?}").into_bytes()), 0),
    };
    Outcome {
        output: host.output,
        end,
        fuel,
        memory: vm.memory_used(),
        longest_step: vm.longest_step(),
        image: if limits.saves {
            snapshot(&mut vm)
        } else {
            vec![]
        },
    }
}

/// Runs a program whose allocation number `count` fails. Afterwards the guest must be well formed, and of use.
/// Tells how many allocations were still to come before that one: none when it has failed.
pub fn run_starved(verified: Verified, count: u32, limits: Limits) -> Result<u32, String> {
    let mut vm = machine(Mode::Whole, limits);
    vm.drain_fuel();
    vm.fail_allocation(count);
    let mut host = TestHost::default();
    if let Ok(function) = vm.load(verified)
        && vm.start(function, &[]).is_ok()
    {
        drive(&mut vm, &mut host, Mode::Whole, limits);
    }
    let left = vm.until_failure();
    vm.fail_allocation(0);
    vm.audit_heap()?;
    replace(&mut vm, limits);
    let again = compile_as(
        b"local t = {} for i = 1, 99 do t[i] = { tostring(i) } end return #t",
        "=again",
        limits.dialect,
    );
    let again = again.map_err(|error| String::from_utf8_lossy(&error.message).into_owned())?;
    let function = vm.load(again).map_err(|_| "no memory afterwards")?;
    vm.start(function, &[]).map_err(|_| "no start afterwards")?;
    // Finalizers of what the program has left behind may ask for something.
    match drive(&mut vm, &mut TestHost::default(), Mode::Whole, limits).0 {
        End::Done(1) => Ok(left),
        other => Err(format!("{other:?} afterwards")),
    }
}

/// A machine with all libraries, in a mode.
pub fn machine(mode: Mode, limits: Limits) -> Vm {
    let span_bits = (mode == Mode::Masked).then_some(26);
    let config = Config {
        natives: natives(),
        memory: limits.memory,
        dialect: limits.dialect,
        span_bits,
        ..Config::default()
    };
    let mut vm = Vm::new(&config).unwrap_or_else(|error| panic!("no machine: {error:?}"));
    install(&mut vm).unwrap_or_else(|raise| panic!("no libraries: {raise:?}"));
    vm.set_gc_stress(match mode {
        Mode::Stress => stress::WHOLE,
        Mode::Steps => stress::STEPS,
        _ => 0,
    });
    vm.set_cold_only(mode == Mode::Cold);
    vm
}

/// The state of a machine, which can always be saved.
fn snapshot(vm: &mut Vm) -> Vec<u8> {
    vm.snapshot()
        .unwrap_or_else(|error| panic!("{}: {error}", noted()))
}

/// A machine that is begun with the limit of memory. One whose memory is full may have some beyond it, and needs that to begin.
fn within<E: std::fmt::Debug>(limits: Limits, begin: impl Fn(u64) -> Result<Vm, E>) -> Vm {
    let beyond = limits.memory.saturating_add(bvm_vm::MEMORY_LENT);
    begin(limits.memory).unwrap_or_else(|_| {
        let mut vm = begin(beyond).unwrap_or_else(|error| panic!("{}: {error:?}", noted()));
        vm.begin_within(limits.memory);
        vm
    })
}

/// A machine with all libraries that has loaded a program and is about to run it, without fuel.
pub fn started(source: &[u8], chunk_name: &str, limits: Limits) -> Vm {
    let verified = compile_as(source, chunk_name, limits.dialect)
        .unwrap_or_else(|error| panic!("{chunk_name}: {error:?}"));
    let mut vm = machine(Mode::Whole, limits);
    let function = vm.load(verified).expect("there is memory");
    vm.drain_fuel();
    vm.start(function, &[]).expect("it starts");
    vm
}

/// A machine restored from a snapshot, with so much memory.
///
/// # Errors
/// What is wrong with the snapshot.
pub fn restore(saved: &[u8], memory: u64) -> Result<Vm, SnapshotError> {
    let config = Config {
        natives: natives(),
        memory,
        ..Config::default()
    };
    Vm::restore(saved, &config)
}

/// Puts a machine restored from a snapshot in place of one; the new one saves the same.
fn replace(vm: &mut Vm, limits: Limits) {
    let saved = snapshot(vm);
    let fuel = u64::try_from(vm.fuel_left()).unwrap_or(0);
    let handles = vm.take_handles();
    *vm = within(limits, |memory| restore(&saved, memory));
    assert!(snapshot(vm) == saved, "{}: saved otherwise", noted());
    vm.give_handles(handles);
    vm.add_fuel(fuel);
}

/// Puts a fork of a machine in its place.
fn fork(vm: &mut Vm, limits: Limits) {
    let handles = vm.take_handles();
    let image = vm.image();
    *vm = within(limits, |memory| Vm::from_image(&image, memory));
    vm.give_handles(handles);
}

/// Runs to the end, answering hypercalls; fuel in the slices of the mode.
fn drive(vm: &mut Vm, host: &mut TestHost, mode: Mode, limits: Limits) -> (End, u64) {
    let most = limits.fuel;
    let mut meter = Meter {
        mode,
        most,
        places: limits.cuts,
        given: 0,
        stressed: 0,
        audited: 0,
        cuts: 0,
    };
    let mut slice = 0;
    let end = loop {
        let exit = vm.run(slice);
        meter.given += slice;
        slice = 0;
        let goes_on = matches!(exit, Exit::OutOfFuel | Exit::Collecting | Exit::Hypercall);
        if mode.is_cut() && goes_on && meter.cuts < MOST_CUTS {
            meter.cuts += 1;
            match mode {
                Mode::Saved => replace(vm, limits),
                Mode::Forked => fork(vm, limits),
                _ => {}
            }
        }
        match exit {
            Exit::Done => break End::Done(vm.results().len()),
            Exit::Error(v) => break End::Error(error_text(vm, v)),
            Exit::OutOfFuel if meter.given >= most => break End::OutOfFuel,
            Exit::OutOfMemory | Exit::MemoryFull => break End::Error("not enough memory".into()),
            Exit::Breakpoint | Exit::Collecting => {}
            Exit::OutOfFuel => slice = meter.next_slice(vm),
            Exit::HostCall => vm.refuse_callout(),
            Exit::Hypercall => {
                meter.audit(vm);
                if let Some(request) = vm.take_request() {
                    let reply = host.answer(&request);
                    vm.answer(reply);
                }
                if let Some(code) = host.exit {
                    break End::Exit(code);
                }
            }
        }
    };
    let used = i128::from(meter.given) - i128::from(vm.fuel_left());
    // What was given at last is no part of the state at the end, and a debt should be none either.
    vm.add_fuel(limits.fuel);
    (end, u64::try_from(used).unwrap_or(0))
}

/// How much fuel a run has had, and how much it gets next.
struct Meter {
    mode: Mode,
    most: u64,
    places: Cuts,
    given: u64,
    /// Bytes that the collector may have walked so far.
    stressed: u64,
    /// Bytes of heaps that were audited so far.
    audited: u64,
    /// How often the run was cut.
    cuts: u32,
}

impl Meter {
    fn next_slice(&mut self, vm: &mut Vm) -> u64 {
        let slice = match self.mode {
            Mode::Sliced if self.given < SMALL_SLICES => 1,
            Mode::Sliced => LARGE_SLICE,
            Mode::Stress if self.stressed < STRESS_WORK => {
                self.stressed += vm.memory_used() * STRESS_SLICE / 8;
                if self.stressed >= STRESS_WORK {
                    vm.set_gc_stress(0);
                }
                STRESS_SLICE
            }
            Mode::Steps => {
                self.audit(vm);
                AUDIT_SLICE
            }
            mode if mode.is_cut() && self.cuts < MOST_CUTS => self.places.after(self.cuts),
            _ => self.most,
        };
        slice.min(self.most - self.given)
    }

    /// Looks whether the heap is well formed, as long as that does not take too long.
    fn audit(&mut self, vm: &mut Vm) {
        if self.mode != Mode::Steps || self.audited > STRESS_WORK / 16 {
            return;
        }
        match vm.audit_heap() {
            Ok(_) => self.audited += vm.memory_used(),
            Err(complaint) => panic!("{}: {complaint}", noted()),
        }
    }
}

/// The first line of an uncaught error, as the command prints it.
fn error_text(vm: &mut Vm, v: bvm_vm::Value) -> Vec<u8> {
    match v.type_of() {
        Type::String | Type::Number => vm.display(v),
        _ => b"(error object is not a string)".to_vec(),
    }
}

thread_local! {
    static NOTE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What the test is doing right now, for the message of a panic in the machine.
pub fn note(text: String) {
    NOTE.with(|note| *note.borrow_mut() = text);
}

/// What [`note`] was told last.
pub fn noted() -> String {
    NOTE.with(|note| note.borrow().clone())
}
