//! From the bytes of a string to a function, at the guest's expense: the only file that knows the compiler. Must not know
//! where the bytes come from.
//!
//! What the slice pays for is done at once. Otherwise the compiler works apart (`apart.rs`), as far as the guest has
//! paid. That leaves nothing in the guest but how much it has paid for its step: a guest that is restored or cloned in
//! the middle begins the work again, and spreads it over what is still to be paid.

use crate::apart::Apart;
use crate::base::{MAX_NAME, c_name, c_string};
use crate::ring::globals_of;
use crate::threads;
use bvm_compiler::Mode;
use bvm_isa::Proto;
use bvm_isa::chunk::{self, ChunkError};
use bvm_isa::pace::{Pace, WHOLE};
use bvm_isa::verify::{self, Verified, VerifyError};
use bvm_vm::data::string;
use bvm_vm::objects::{Str, Table};
use bvm_vm::{Cpu, Raise, Ring, Value};
use std::any::Any;
use std::borrow::Cow;
use std::cell::Cell;

/// What compiling comes to: a function, or a message.
pub(crate) type Compiled = Result<Value, Vec<u8>>;

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
}

impl Wanted {
    /// Anything, in the thread's globals: what Lua 5.1 loads.
    pub(crate) const ANY: Wanted = Wanted {
        mode: None,
        env: None,
        ring: None,
        source: None,
    };

    /// Anything, for a ring and in these globals.
    pub(crate) fn in_ring(ring: Ring, env: Table) -> Wanted {
        Wanted {
            mode: None,
            env: Some(env),
            ring: Some(ring),
            source: None,
        }
    }

    /// What the slots `first` and the next one ask for. They have been checked.
    pub(crate) fn in_slots(cpu: &Cpu<'_, '_>, first: u32) -> Wanted {
        Wanted {
            mode: Str::of(cpu.arg(first)),
            env: Table::of(cpu.arg(first + 1)),
            ring: None,
            source: None,
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
        cpu.begin_loading(verified, env, ring, source)
    }

    /// Refuses a chunk that its mode does not name.
    pub(crate) fn check(self, cpu: &Cpu<'_, '_>, bytes: &[u8]) -> Result<(), Vec<u8>> {
        if cpu.ring() == Ring::Plugin && chunk::is_chunk(bytes) {
            return Err(b"binary chunks are not allowed in ring 3".to_vec());
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
        Err([
            b"attempt to load a ",
            kind,
            b" chunk (mode is '",
            mode,
            b"')",
        ]
        .concat())
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

/// Units that are paid for together when a slice has fewer left: a smaller portion would be over sooner than the thread
/// that works on it is awake.
const PORTION: u64 = 500;

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
    if let Err(message) = wanted.check(cpu, behind(cpu, s, skip)) {
        cpu.charge(price(size))?;
        return Ok(Err(message));
    }
    let is_text = !chunk::is_chunk(behind(cpu, s, skip));
    wanted.source = Some(s).filter(|_| is_text);
    let (outcome, work) = pay_and_compile(cpu, price(size), Some(wanted), |cpu| Chunk {
        bytes: behind(cpu, s, skip).into(),
        name: name.of(cpu, Some(s).filter(|_| skip == 0)),
        mode: mode(cpu),
        is_trial: false,
    })?;
    match outcome {
        Ok(Some(verified)) => wanted.begin_loading(cpu, verified)?,
        Ok(None) => {}
        Err(refused) => return Ok(Err(refused.message)),
    }
    let Some(loaded) = cpu.take_loaded()? else {
        return Ok(Err(BROKEN.to_vec()));
    };
    if let (Some(work), Some(scraps)) = (work, loaded.scraps) {
        work.free(scraps);
    }
    Ok(Ok(loaded.function.into()))
}

/// The bytes of `s` behind the first `skip` ones.
fn behind<'a>(cpu: &'a Cpu<'_, '_>, s: Str, skip: usize) -> &'a [u8] {
    cpu.bytes(s).get(skip..).unwrap_or_default()
}

/// Compiles `s`, the beginning of a text, to see whether it has an error that no further text can mend; gives
/// its message. Charges first.
pub(crate) fn compile_beginning(
    cpu: &mut Cpu<'_, '_>,
    s: Str,
    name: Named<'_>,
) -> Result<Option<Vec<u8>>, Raise> {
    let size = u64::from(string::len(cpu.mem, s));
    let (outcome, _) = pay_and_compile(cpu, price(size), None, |cpu| Chunk {
        bytes: cpu.bytes(s).into(),
        name: name.of(cpu, None),
        mode: mode(cpu),
        is_trial: true,
    })?;
    Ok(match outcome {
        Err(refused) if !refused.may_be_mended => Some(refused.message),
        _ => None,
    })
}

/// What is to be compiled.
struct Chunk<'a> {
    bytes: Cow<'a, [u8]>,
    /// `None` is the bytes themselves, up to a zero.
    name: Option<Cow<'a, [u8]>>,
    mode: Mode,
    /// Only the error is of interest, if it is text and has one.
    is_trial: bool,
}

/// Why a chunk is none.
struct Refused {
    message: Vec<u8>,
    /// It is where the text ends: with more of it there may be none.
    may_be_mended: bool,
}

/// What compiling comes to outside of the guest; nothing after a trial, and when the guest has it already.
type Outcome = Result<Option<Verified>, Refused>;

/// What is said when the compiler has panicked on its thread, which would be a mistake of its own.
const BROKEN: &[u8] = b"the compiler has failed";

impl Chunk<'_> {
    /// Compiles it, and tells what that comes to before it frees what it has made.
    fn compile(&self, pace: &Pace<'_>, tell: &dyn Fn(Outcome)) {
        let (bytes, name) = (&*self.bytes, self.name());
        if chunk::is_chunk(bytes) {
            return tell(match self.is_trial {
                true => Ok(None),
                false => self.read(pace),
            });
        }
        let told = bvm_compiler::compile_at(pace, bytes, name, self.mode, &mut |mut proto| {
            if self.is_trial {
                return tell(Ok(None));
            }
            // Whoever loads it knows its name when that is the source.
            let is_named = self.name.is_some() || name.len() < bytes.len();
            proto.source = is_named.then(|| name.into());
            let verified = verify::verify_at(pace, proto);
            tell(verified.map(Some).map_err(|error| self.bad_code(&error)));
        });
        if let Err(error) = told {
            tell(Err(Refused {
                // The last token may go on in more text.
                may_be_mended: error.incomplete || error.span.end >= bytes.len(),
                message: error.message,
            }));
        }
    }

    /// Compiles it at once.
    fn compile_here(&self) -> Outcome {
        let outcome = Cell::new(Ok(None));
        self.compile(&Pace::free(), &|told| outcome.set(told));
        outcome.into_inner()
    }

    fn read(&self, pace: &Pace<'_>) -> Outcome {
        let mut proto = chunk::read_chunk(&self.bytes, self.name()).map_err(|error| Refused {
            message: error.message(),
            may_be_mended: false,
        })?;
        cut_names(&mut proto);
        let verified = verify::verify_dumped_at(pace, proto);
        verified.map(Some).map_err(|error| self.bad_code(&error))
    }

    fn bad_code(&self, error: &VerifyError) -> Refused {
        Refused {
            message: bad_code(error.rule, self.name()).message(),
            may_be_mended: false,
        }
    }

    fn name(&self) -> &[u8] {
        match &self.name {
            Some(name) => name,
            None => c_string(&self.bytes),
        }
    }

    /// The same with bytes of its own; those at its beginning are copied already.
    fn apart(self, mut copied: Vec<u8>) -> Chunk<'static> {
        let bytes = match self.bytes {
            Cow::Owned(bytes) => bytes,
            Cow::Borrowed(bytes) => {
                copied.extend_from_slice(bytes.get(copied.len()..).unwrap_or_default());
                copied
            }
        };
        Chunk {
            bytes: bytes.into(),
            name: self.name.map(|name| name.into_owned().into()),
            ..self
        }
    }
}

/// A chunk that is being compiled apart, and then loaded.
enum Work {
    /// The thread needs bytes of its own. Those of a long source are copied in portions.
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
                if copied.is_empty() {
                    threads::wake();
                }
                copied.reserve(left.len());
                copied.extend_from_slice(left.get(..most as usize).unwrap_or_default());
                return;
            }
            let chunk = chunk.apart(std::mem::take(copied));
            match Apart::begin(move |pace, tell| chunk.compile(pace, tell)) {
                Some(apart) => {
                    *self = Work::Goes(Box::new(Going {
                        apart,
                        paid_before: before,
                    }))
                }
                None => return,
            }
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

    /// Frees what takes long.
    fn free(&self, scraps: Box<dyn Any + Send>) {
        if let Work::Goes(going) = self {
            going.apart.free(scraps);
        }
    }
}

/// Work on a thread.
struct Going {
    apart: Apart<Outcome>,
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
        cpu.go_on_loading(parts as u64)
    }
}

/// Pays `cost` for compiling a chunk and compiles it. When fuel ends before that, as much is done as is paid for; what is
/// `wanted` is loaded then, too, if it comes to that.
///
/// # Errors
/// Out of fuel: the step will come again, with what it has paid.
fn pay_and_compile(
    cpu: &mut Cpu<'_, '_>,
    cost: u64,
    wanted: Option<Wanted>,
    chunk: impl for<'b> Fn(&'b Cpu<'_, '_>) -> Chunk<'b>,
) -> Result<(Outcome, Option<Box<Work>>), Raise> {
    let paid = cpu.paid();
    if paid == 0 {
        // What a step has begun that has ended with an error.
        cpu.forget_loading();
    }
    let mut work = cpu.take_work::<Work>().filter(|_| paid > 0);
    let (may_pay, mut rest) = (cpu.affordable(), cost);
    if may_pay < cost && cost > PORTION && cpu.can_pay(cost) {
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
        return Ok((Ok(None), work));
    }
    let outcome = work.as_mut().and_then(|work| work.finish());
    Ok((outcome.unwrap_or_else(|| chunk(cpu).compile_here()), work))
}

/// How this guest's sources are compiled by its own functions, which take a level of nesting as in 5.1.
fn mode(cpu: &Cpu<'_, '_>) -> Mode {
    let host = Mode::default();
    Mode {
        dialect: cpu.dialect(),
        levels: host.levels + 1,
    }
}

/// Cuts the names of a binary chunk as others are, but for those that are a source. Functions nest 200 deep at most.
fn cut_names(proto: &mut Proto) {
    if let Some(source) = &proto.source
        && let [b'@' | b'=', ..] = &**source
        && source.len() > MAX_NAME
    {
        proto.source = Some(c_name(source).into());
    }
    proto.protos.iter_mut().for_each(cut_names);
}

/// What Lua 5.1 says of a chunk whose code breaks a rule.
fn bad_code(rule: &'static str, name: &[u8]) -> ChunkError {
    let name = match name {
        [b'@' | b'=', rest @ ..] => rest,
        [27, ..] => b"binary string",
        _ => name,
    };
    ChunkError {
        rule,
        what: "bad code",
        name: name.into(),
    }
}
