//! From the bytes of a string to a function, at the guest's expense: the only file that knows the compiler. Must not know
//! where the bytes come from.
//!
//! What the slice pays for is done at once. Otherwise the compiler works on a stack of its own (`bvm-apart`), as far as the
//! guest has paid. That leaves nothing in the guest but how much it has paid. Whoever saves the guest in the middle, or clones it, lets
//! the work be done first: what comes of it is in the guest then, which only has to pay the rest.

use crate::base::{MAX_NAME, c_name};
use crate::ring::globals_of;
use bvm_apart::{Apart, Chunk, Outcome, Refused};
use bvm_compiler::Mode;
use bvm_isa::chunk;
use bvm_isa::pace::WHOLE;
use bvm_isa::verify::Verified;
use bvm_vm::data::string;
use bvm_vm::load::portions::{Loaded, Making, Verdict};
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Cpu, Raise, Ring, Value};
use std::borrow::Cow;

/// What compiling comes to: a function, or why there is none.
pub(crate) type Compiled = Result<Value, Refused>;

/// What a chunk has to be, and where its function is to live.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    /// Holds a `t` when text is welcome, and a `b` when binary chunks are; without it both are.
    mode: Option<Str>,
    /// Its environment; without it the globals of the ring that loads.
    env: Option<Table>,
    /// Its ring; without it that of whoever loads it.
    ring: Option<Ring>,
    /// The string that is its source, and the name of that.
    source: Option<Str>,
    /// How many bytes it is made of.
    bytes: u64,
}

impl Wanted {
    /// Anything, in the thread's globals: what Lua 5.1 loads.
    pub(crate) const ANY: Wanted = Wanted {
        mode: None,
        env: None,
        ring: None,
        source: None,
        bytes: 0,
    };

    /// Anything, for a ring and in these globals.
    pub(crate) fn in_ring(ring: Ring, env: Table) -> Wanted {
        Wanted {
            mode: None,
            env: Some(env),
            ring: Some(ring),
            source: None,
            bytes: 0,
        }
    }

    /// What the slots `first` and the next one ask for. They have been checked.
    pub(crate) fn in_slots(cpu: &Cpu<'_, '_>, first: u32) -> Wanted {
        Wanted {
            mode: Str::of(cpu.arg(first)),
            env: Table::of(cpu.arg(first + 1)),
            ring: None,
            source: None,
            bytes: 0,
        }
    }

    /// Begins to load what is wanted.
    fn begin_loading(self, cpu: &mut Cpu<'_, '_>, verified: Verified) {
        let ring = self.ring.unwrap_or(cpu.ring()).max(cpu.ring());
        let env = match self.env {
            Some(env) => env,
            None => match globals_of(cpu, cpu.ring()) {
                Ok(env) => env,
                Err(_) => return cpu.set_verdict(Verdict::NoMemory, b""),
            },
        };
        let source = self.source.filter(|_| verified.proto().source.is_none());
        cpu.begin_loading(verified, (env, ring), source, self.bytes)
    }

    /// Refuses a chunk that its mode does not name.
    pub(crate) fn check(self, cpu: &Cpu<'_, '_>, bytes: &[u8]) -> Result<(), Refused> {
        if cpu.ring() == Ring::Plugin && chunk::is_chunk(bytes) {
            let message = b"binary chunks are not allowed in ring 3";
            return Err(Refused::with(message.to_vec()));
        }
        let Some(mode) = self.mode.map(|mode| c_name(cpu.bytes(mode))) else {
            return Ok(());
        };
        let (letter, kind): (u8, &[u8]) = match chunk::is_chunk(bytes) {
            true => (b'b', b"binary"),
            false => (b't', b"text"),
        };
        if mode.contains(&letter) {
            return Ok(());
        }
        let message = [
            b"attempt to load a ",
            kind,
            b" chunk (mode is '",
            mode,
            b"')",
        ];
        Err(Refused::with(message.concat()))
    }
}

/// What a chunk is called.
#[derive(Clone, Copy)]
pub(crate) enum Named<'a> {
    /// As a string of the guest says, up to a zero byte.
    By(Str),
    /// In these words.
    As(&'a [u8]),
}

impl Named<'_> {
    /// The name of a chunk whose source is the string `s`: `None` when that says it, too.
    fn of(self, cpu: &Cpu<'_, '_>, s: Option<Str>) -> Option<Vec<u8>> {
        match self {
            Named::By(name) if s == Some(name) => None,
            Named::By(name) => Some(c_name(cpu.bytes(name)).to_vec()),
            Named::As(name) => Some(name.to_vec()),
        }
    }
}

/// Most bytes of host memory that compiling takes for a byte of source.
pub const HOST_BYTES: u64 = 60;

/// Most units of a chunk that is compiled in one piece: that takes no longer than a slice should, and needs neither a copy of
/// the source nor a stack.
const AT_ONCE: u64 = 500;

/// Units that are paid for together when a slice has fewer left, so that going to the work and back is a small part of it. What has
/// been paid where fuel ends is always a multiple of them: it must not depend on where fuel has ended before.
const PORTION: u64 = 50;

/// Units for finding that a chunk is not of the kind that is wanted.
const REFUSING: u64 = 100;

/// Units for compiling, verifying and loading `bytes` of source: measured at 60 to 80 ns a byte for
/// short statements.
fn price(bytes: u64) -> u64 {
    bytes * 4 + 100
}

/// Compiles the bytes of `s`, text or a binary chunk, into a function.
/// `skip` bytes at its start are no part of the chunk. It is paid for first.
pub(crate) fn compile(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    skip: usize,
    name: Named<'_>,
    mut wanted: Wanted,
) -> Result<Compiled, Raise> {
    let size = u64::from(string::len(cpu.mem, s));
    if cpu.paid_for_chunk() == 0 {
        cpu.check_room(size * HOST_BYTES)?;
        if let Err(refused) = wanted.check(cpu, behind(cpu, s, skip)) {
            cpu.charge(REFUSING)?;
            return Ok(Err(refused));
        }
    }
    let is_text = !chunk::is_chunk(behind(cpu, s, skip));
    wanted.source = Some(s).filter(|_| is_text);
    wanted.bytes = size;
    let is_apart = pay_and_compile(cpu, price(size), (s, skip), name, Some(wanted))?;
    Ok(match cpu.take_loaded()? {
        Loaded::Function { function, scraps } => {
            if is_apart {
                bvm_apart::free(scraps, size as usize);
            }
            Ok(function.into())
        }
        Loaded::Message { message, is_raised } => Err(refused(cpu, message, is_raised)),
        Loaded::GoesOn | Loaded::Whole => Err(Refused::with(BROKEN.to_vec())),
    })
}

/// A refusal with a message that the guest has.
fn refused(cpu: &Cpu<'_, '_>, message: Str, is_raised: bool) -> Refused {
    Refused {
        is_raised,
        ..Refused::with(cpu.bytes(message).to_vec())
    }
}

/// The bytes of `s` behind the first `skip` ones.
fn behind<'a>(cpu: &'a Cpu<'_, '_>, s: Str, skip: usize) -> &'a [u8] {
    cpu.bytes(s).get(skip..).unwrap_or_default()
}

/// What is seen of the beginning of a chunk.
pub(crate) enum Beginning {
    /// It has an error that nothing behind it can mend.
    Refused(Refused),
    /// It is a binary chunk that nothing belongs behind.
    Whole,
    /// It may go on.
    GoesOn,
}

/// Compiles `s`, the beginning of a chunk, to see what comes of it. It is paid for first.
pub(crate) fn compile_beginning(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    name: Named<'_>,
    wanted: Wanted,
) -> Result<Beginning, Raise> {
    if let Err(refused) = wanted.check(cpu, cpu.bytes(s)) {
        return Ok(Beginning::Refused(refused));
    }
    let size = u64::from(string::len(cpu.mem, s));
    pay_and_compile(cpu, price(size), (s, 0), name, None)?;
    Ok(match cpu.take_loaded()? {
        Loaded::Message { message, is_raised } => {
            Beginning::Refused(refused(cpu, message, is_raised))
        }
        Loaded::GoesOn => Beginning::GoesOn,
        Loaded::Whole | Loaded::Function { .. } => Beginning::Whole,
    })
}

/// What is said when the compiler has panicked, which would be a mistake of its own.
const BROKEN: &[u8] = b"the compiler has failed";

/// A chunk that a function is to be made of, as long as the native that wants it is there.
struct Job {
    /// Its bytes are those of the string behind the first ones.
    bytes: (Str, usize),
    /// `None` when its bytes say it, too.
    name: Option<Vec<u8>>,
    mode: Mode,
    /// What it is to become; without it only whether it goes on is of interest.
    wanted: Option<Wanted>,
}

impl Job {
    fn chunk<'a>(&'a self, cpu: &'a Cpu<'_, '_>) -> Chunk<'a> {
        let (s, skip) = self.bytes;
        Chunk {
            bytes: behind(cpu, s, skip).into(),
            name: self.name.as_deref().map(Cow::Borrowed),
            mode: self.mode,
            is_trial: self.wanted.is_none(),
            longest_name: MAX_NAME,
        }
    }

    /// Compiles the chunk at once.
    fn do_here(&self, cpu: &mut Cpu<'_, '_>) {
        let outcome = self.chunk(cpu).compile_here();
        self.settle(cpu, outcome);
    }

    /// Leaves what compiling has come to to the guest; a function is still to be loaded.
    fn settle(&self, cpu: &mut Cpu<'_, '_>, outcome: Outcome) {
        match (outcome, self.wanted) {
            (Ok(Some(verified)), Some(wanted)) => wanted.begin_loading(cpu, verified),
            (Ok(Some(_)), None) => cpu.set_verdict(Verdict::Whole, b""),
            (Ok(None), None) => cpu.set_verdict(Verdict::GoesOn, b""),
            (Ok(None), Some(_)) => cpu.set_verdict(Verdict::Refused, BROKEN),
            (Err(refused), None) if refused.may_be_mended => cpu.set_verdict(Verdict::GoesOn, b""),
            (Err(refused), _) if refused.is_raised => {
                cpu.set_verdict(Verdict::Raised, &refused.message);
            }
            (Err(refused), _) => cpu.set_verdict(Verdict::Refused, &refused.message),
        }
    }
}

/// A chunk that is being compiled apart, and then loaded.
struct Work {
    job: Job,
    state: State,
    cost: u64,
}

enum State {
    /// The work needs bytes of its own. Those of a long source are copied in portions.
    Copies(Vec<u8>),
    /// It is under way on a stack of its own. So much had been paid when it began.
    Goes(Box<Apart>, u64),
}

/// Bytes of a source that are copied for a unit of fuel, a small part of the time that compiling takes for it.
const COPIED: u64 = 16;

/// What compiling takes of the work, in percent; loading takes the rest.
const COMPILING: u128 = 87;

impl Work {
    /// Does what `paid` units are for, of which `before` were paid already when the step came to this.
    fn go_on(&mut self, cpu: &mut Cpu<'_, '_>, before: u64, paid: u64) {
        let may_settle = self.may_settle(cpu);
        match &mut self.state {
            State::Copies(_) => self.copy(cpu, before, paid),
            State::Goes(apart, paid_before) => {
                let [paid, cost] =
                    [paid, self.cost].map(|units| units.saturating_sub(*paid_before));
                let parts = u128::from(WHOLE) * u128::from(paid) / u128::from(cost.max(1));
                let compiling = match self.job.wanted {
                    Some(_) => u128::from(WHOLE) * COMPILING / 100,
                    None => u128::from(WHOLE),
                };
                apart.go_on(match parts >= compiling {
                    true => u64::MAX,
                    false => (parts * u128::from(WHOLE) / compiling) as u64,
                });
                if let Some(outcome) = apart.done().take_if(|_| may_settle) {
                    self.job.settle(cpu, outcome);
                }
                let loading = parts.saturating_sub(compiling) * 100 / (100 - COMPILING);
                cpu.go_on_loading(loading as u64);
            }
        }
    }

    /// Whether the guest may have what comes of it before all is paid: it has the fuel, so that only its host keeps it from getting
    /// that. What is stopped for want of fuel must leave no trace.
    fn may_settle(&self, cpu: &Cpu<'_, '_>) -> bool {
        cpu.can_pay(self.cost.saturating_sub(cpu.paid_for_chunk()))
    }

    /// Copies a portion of the source; begins the work itself when all is copied. That takes a while, because the system gives it
    /// memory: the work goes on in the next slice.
    fn copy(&mut self, cpu: &Cpu<'_, '_>, before: u64, paid: u64) {
        let State::Copies(copied) = &mut self.state else {
            return;
        };
        let chunk = self.job.chunk(cpu);
        let most = COPIED * (paid - before).max(PORTION);
        let left = chunk.bytes.get(copied.len()..).unwrap_or_default();
        if left.len() as u64 > most {
            copied.reserve(left.len());
            copied.extend_from_slice(left.get(..most as usize).unwrap_or_default());
            return;
        }
        if let Some(apart) = Apart::begin(chunk.with_copy(std::mem::take(copied))) {
            self.state = State::Goes(Box::new(apart), before);
        }
    }

    /// Does the rest of it, and tells whether any was done apart.
    fn finish(self, cpu: &mut Cpu<'_, '_>) -> bool {
        match self.state {
            State::Copies(_) => {
                self.job.do_here(cpu);
                false
            }
            State::Goes(mut apart, _) => {
                if cpu.verdict() == Verdict::None {
                    let outcome = apart.finish().unwrap_or(Ok(None));
                    self.job.settle(cpu, outcome);
                }
                true
            }
        }
    }
}

impl Making for Work {
    fn complete(self: Box<Self>, cpu: &mut Cpu<'_, '_>) -> Option<Box<dyn Making>> {
        if !self.may_settle(cpu) {
            return Some(self);
        }
        self.finish(cpu);
        None
    }
}

/// Pays `cost` for compiling a chunk and compiles it. When fuel ends before that, as much is done as is paid for; what is
/// `wanted` is loaded then, too, if it comes to that. Tells whether that was done on a stack of its own.
///
/// # Errors
/// Out of fuel: the step will come again, with what it has paid.
fn pay_and_compile(
    cpu: &mut Cpu<'_, '_>,
    cost: u64,
    bytes: (Str, usize),
    name: Named<'_>,
    wanted: Option<Wanted>,
) -> Result<bool, Raise> {
    let paid = cpu.paid_for_chunk();
    if paid == 0 {
        // What a step has begun that has ended with an error.
        cpu.forget_loading();
    }
    let job = |cpu: &Cpu<'_, '_>| Job {
        bytes,
        name: name.of(
            cpu,
            Some(bytes.0).filter(|_| bytes.1 == 0 && wanted.is_some()),
        ),
        mode: mode(cpu),
        wanted,
    };
    let mut work = cpu.take_making::<Work>();
    let may_pay = paid.saturating_add(cpu.affordable());
    if may_pay >= cost {
        cpu.pay_for_chunk(cost.saturating_sub(paid));
        let is_apart = work.is_some_and(|work| work.finish(cpu));
        if cpu.verdict() == Verdict::None {
            job(cpu).do_here(cpu);
        }
        return Ok(is_apart);
    }
    if cost <= AT_ONCE {
        cpu.pay_for_chunk(cost - paid);
        return Err(Raise::OutOfFuel);
    }
    // While the guest is to stand nothing begins that would hinder it.
    if work.is_none() && cpu.verdict() == Verdict::None && !cpu.is_dry() {
        let (job, state) = (job(cpu), State::Copies(vec![]));
        work = Some(Box::new(Work { job, state, cost }));
    }
    if let Some(mut work) = work {
        work.go_on(cpu, paid, may_pay);
        cpu.keep_making(work);
    }
    let portion = (may_pay / PORTION + 1) * PORTION;
    cpu.pay_for_chunk(portion.min(cost) - paid);
    Err(Raise::OutOfFuel)
}

/// How this guest's sources are compiled by its own functions, which take a level of nesting as in 5.1.
fn mode(cpu: &Cpu<'_, '_>) -> Mode {
    let host = Mode::default();
    Mode {
        dialect: cpu.dialect(),
        levels: host.levels + 1,
    }
}
