//! From the bytes of a string to a function, at the guest's expense: the only file that knows the compiler. Must not know
//! where the bytes come from.
//!
//! What the slice pays for is done at once. Otherwise the compiler works on a stack of its own (`bvm-apart`), as far as the
//! guest has paid. That leaves nothing in the guest but how much it has paid for its step: a guest that is restored or cloned in
//! the middle begins the work again, and spreads it over what is still to be paid.

use crate::base::{MAX_NAME, c_name};
use crate::ring::globals_of;
use bvm_apart::{Apart, Chunk, Outcome, Refused};
use bvm_compiler::Mode;
use bvm_isa::chunk;
use bvm_isa::pace::WHOLE;
use bvm_isa::verify::Verified;
use bvm_vm::data::string;
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
    fn begin_loading(self, cpu: &mut Cpu<'_, '_>, verified: Verified) -> Result<(), Raise> {
        let ring = self.ring.unwrap_or(cpu.ring()).max(cpu.ring());
        let env = match self.env {
            Some(env) => env,
            None => globals_of(cpu, cpu.ring())?,
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
    fn of<'c>(self, cpu: &'c Cpu<'_, '_>, s: Option<Str>) -> Option<Cow<'c, [u8]>> {
        match self {
            Named::By(name) if s == Some(name) => None,
            Named::By(name) => Some(c_name(cpu.bytes(name)).into()),
            Named::As(name) => Some(name.to_vec().into()),
        }
    }
}

/// Most bytes of host memory that compiling takes for a byte of source.
pub const HOST_BYTES: u64 = 50;

/// Most units of a chunk that is compiled in one piece: that takes no longer than a slice should, and needs neither a copy of
/// the source nor a stack.
const AT_ONCE: u64 = 500;

/// Units that are paid for together when a slice has fewer left, so that going to the work and back is a small part of it.
const PORTION: u64 = 50;

/// Units for compiling, verifying and loading `bytes` of source: measured at 60 to 80 ns a byte for
/// short statements.
fn price(bytes: u64) -> u64 {
    bytes * 4 + 100
}

/// Compiles the bytes of `s`, text or a binary chunk, into a function.
/// `skip` bytes at its start are no part of the chunk. Charges first.
pub(crate) fn compile(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    skip: usize,
    name: Named<'_>,
    mut wanted: Wanted,
) -> Result<Compiled, Raise> {
    let size = u64::from(string::len(cpu.mem, s));
    let is_new = cpu.paid() == 0;
    if is_new {
        cpu.check_room(size * HOST_BYTES)?;
    }
    if let Err(refused) = wanted.check(cpu, behind(cpu, s, skip)) {
        cpu.charge(price(size))?;
        return Ok(Err(refused));
    }
    let is_text = !chunk::is_chunk(behind(cpu, s, skip));
    wanted.source = Some(s).filter(|_| is_text);
    wanted.bytes = size;
    let (outcome, is_apart) = pay_and_compile(cpu, price(size), Some(wanted), |cpu| Chunk {
        bytes: behind(cpu, s, skip).into(),
        name: name.of(cpu, Some(s).filter(|_| skip == 0)),
        mode: mode(cpu),
        is_trial: false,
        longest_name: MAX_NAME,
    })?;
    match outcome {
        Ok(Some(verified)) => wanted.begin_loading(cpu, verified)?,
        Ok(None) => {}
        Err(refused) => return Ok(Err(refused)),
    }
    let Some(loaded) = cpu.take_loaded()? else {
        return Ok(Err(Refused::with(BROKEN.to_vec())));
    };
    if is_apart {
        bvm_apart::free(loaded.scraps, size as usize);
    }
    Ok(Ok(loaded.function.into()))
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

/// Compiles `s`, the beginning of a chunk, to see what comes of it. Charges first.
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
    let (outcome, _) = pay_and_compile(cpu, price(size), None, |cpu| Chunk {
        bytes: cpu.bytes(s).into(),
        name: name.of(cpu, None),
        mode: mode(cpu),
        is_trial: true,
        longest_name: MAX_NAME,
    })?;
    Ok(match outcome {
        Err(refused) if refused.may_be_mended => Beginning::GoesOn,
        Err(refused) => Beginning::Refused(refused),
        Ok(Some(_)) => Beginning::Whole,
        Ok(None) => Beginning::GoesOn,
    })
}

/// What is said when the compiler has panicked, which would be a mistake of its own.
const BROKEN: &[u8] = b"the compiler has failed";

/// A chunk that is being compiled apart, and then loaded.
enum Work {
    /// The work needs bytes of its own. Those of a long source are copied in portions.
    Copies(Vec<u8>),
    Goes(Box<Going>),
    /// There was no memory to load it: that is to be seen when all is paid.
    Fails,
}

/// Bytes of a source that are copied for a unit of fuel, a small part of the time that compiling takes for it.
const COPIED: u64 = 16;

impl Work {
    /// Does what `paid` units of `cost` are for, of which `before` were paid already when the step came to this.
    fn go_on(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        [before, paid, cost]: [u64; 3],
        wanted: Option<Wanted>,
        chunk: &impl for<'b> Fn(&'b Cpu<'_, '_>) -> Chunk<'b>,
    ) {
        if let Work::Copies(copied) = self {
            let chunk = chunk(cpu);
            let most = COPIED * (paid - before).max(PORTION);
            let left = chunk.bytes.get(copied.len()..).unwrap_or_default();
            if let (Cow::Borrowed(_), true) = (&chunk.bytes, left.len() as u64 > most) {
                copied.reserve(left.len());
                copied.extend_from_slice(left.get(..most as usize).unwrap_or_default());
                return;
            }
            // Beginning takes a while, because the system gives it memory: the work itself follows in the next slice.
            if let Some(apart) = Apart::begin(chunk.with_copy(std::mem::take(copied))) {
                *self = Work::Goes(Box::new(Going {
                    apart,
                    paid_before: before,
                }));
            }
            return;
        }
        if let Work::Goes(going) = self
            && going.go_on(cpu, (paid, cost), wanted).is_err()
        {
            *self = Work::Fails;
        }
    }

    /// The rest of it when all is paid. `None` when nothing is there.
    fn finish(&mut self) -> Option<Outcome> {
        match self {
            Work::Goes(going) => Some(going.apart.finish().unwrap_or(Ok(None))),
            Work::Copies(_) | Work::Fails => None,
        }
    }
}

/// Work on a stack of its own.
struct Going {
    apart: Apart,
    /// What had been paid when it began.
    paid_before: u64,
}

/// What compiling takes of the work, in percent; loading takes the rest.
const COMPILING: u128 = 87;

impl Going {
    /// Does as much as is paid for: `paid` units of `cost`.
    ///
    /// # Errors
    /// No memory to load it.
    fn go_on(
        &mut self,
        cpu: &mut Cpu<'_, '_>,
        (paid, cost): (u64, u64),
        wanted: Option<Wanted>,
    ) -> Result<(), Raise> {
        let [paid, cost] = [paid, cost].map(|units| units.saturating_sub(self.paid_before));
        let parts = u128::from(WHOLE) * u128::from(paid) / u128::from(cost.max(1));
        let compiling = u128::from(WHOLE) * COMPILING / 100;
        self.apart.go_on(match wanted {
            Some(_) if parts >= compiling => u64::MAX,
            Some(_) => (parts * 100 / COMPILING) as u64,
            None => parts as u64,
        });
        let done = self.apart.done();
        if let Some(wanted) = wanted
            && let Some(Ok(Some(verified))) = done.take_if(|done| matches!(done, Ok(Some(_))))
        {
            wanted.begin_loading(cpu, verified)?;
        }
        let parts = parts.saturating_sub(compiling) * 100 / (100 - COMPILING);
        let went = cpu.go_on_loading(parts as u64);
        // That is not done once more when the step begins again.
        cpu.pay_for_walks();
        went
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
    wanted: Option<Wanted>,
    chunk: impl for<'b> Fn(&'b Cpu<'_, '_>) -> Chunk<'b>,
) -> Result<(Outcome, bool), Raise> {
    let paid = cpu.paid();
    if paid == 0 {
        // What a step has begun that has ended with an error.
        cpu.forget_loading();
    }
    let mut work = cpu.take_work::<Work>().filter(|_| paid > 0);
    let (may_pay, mut rest) = (cpu.affordable(), cost);
    if may_pay < cost && cost > AT_ONCE && cpu.can_pay(cost) {
        if work.is_some() || !cpu.is_loading() {
            let work = work.get_or_insert_with(|| Box::new(Work::Copies(vec![])));
            work.go_on(cpu, [paid, may_pay, cost], wanted, &chunk);
        }
        // More than there is: the slice ends.
        let portion = (may_pay + 1).max(paid + PORTION).min(cost);
        if let Err(out_of_fuel) = cpu.charge(portion) {
            if let Some(work) = work {
                cpu.keep_work(work);
            }
            return Err(out_of_fuel);
        }
        rest = cost - portion;
    }
    cpu.charge(rest)?;
    if cpu.is_loading() {
        return Ok((Ok(None), work.is_some()));
    }
    let outcome = work.as_mut().and_then(|work| work.finish());
    let outcome = outcome.unwrap_or_else(|| chunk(cpu).compile_here());
    Ok((outcome, work.is_some()))
}

/// How this guest's sources are compiled by its own functions, which take a level of nesting as in 5.1.
fn mode(cpu: &Cpu<'_, '_>) -> Mode {
    let host = Mode::default();
    Mode {
        dialect: cpu.dialect(),
        levels: host.levels + 1,
    }
}
