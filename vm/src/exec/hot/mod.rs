//! The hot handlers: what an instruction does in its usual case, a few lines each.
//!
//! A handler gets the machine's registers as arguments and ends in a call of the next handler, which the
//! compiler turns into a jump in optimised builds; with debug assertions each handler returns to the
//! loop in `run` instead. Loops in a handler run over a few values or nodes; it calls nothing but natives,
//! and what is unusual leaves through [`leave!`] to the cold code, before anything is changed.

mod arith;
mod barrier;
mod build;
mod call;
pub(crate) mod choose;
mod compare;
mod concat;
mod coroutine;
mod enter;
mod guard;
mod intrinsic;
mod iterate;
mod load;
mod loops;
mod meta;
mod native;
mod protect;
mod store;
mod table;
mod upvalue;

use super::code::field;
use super::cpu::{Cpu, SLOT};
use super::fuel::Fuel;
use super::resume::Went;
use super::ring::Place;
use super::stubs;
use crate::data::heights;
use crate::exit::Exit;
use crate::for_each_code;
use crate::host::Host;
use crate::objects::Closure;
use crate::objects::root::{self, AT};
use bvm_cage::{Cage, Entry, Full, Masked, Span, Wide, Window};

/// A guest's memory, seen by the engine.
pub(crate) type Core<'c, S> = Cage<'c, Host, S>;

/// A handler: ip, registers, constants, memory, fuel. `ip` comes widened, because a narrower argument would
/// have to be widened by each handler, into a register that most of them do not have to spare.
pub(crate) type Handler<S> =
    for<'c> fn(Wide, Window<'c>, Window<'c>, Core<'c, S>, Fuel) -> Core<'c, S>;

/// Handlers by code.
type Table<S> = [Handler<S>; 256];

/// The handlers of a guest, for both forms of memory access. Those of the usual form lie beside the guest
/// itself, one load away; the others are shared, which saves each guest a page.
pub struct Handlers {
    full: Table<Full>,
    masked: &'static Table<Masked>,
}

impl std::fmt::Debug for Handlers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handlers")
    }
}

macro_rules! table_of {
    ($($(#[$doc:meta])* $variant:ident = $module:ident :: $handler:ident $(:: < $flag:tt >)?;)*) => {
        /// All handlers for one form of memory access.
        fn handlers<S: Memory>() -> Table<S> {
            let mut table: Table<S> = [load::cold::<S>; 256];
            $(table[super::code::Code::$variant as usize] = $module::$handler::<S $(, $flag)?>;)*
            table
        }
    };
}
for_each_code!(table_of);

/// Calls and returns go through the cold code: for hooks that only report those.
fn calls_cold<S: Memory>(table: &mut Table<S>) {
    use super::code::Code;
    for code in [
        Code::Call,
        Code::CallOpen,
        Code::TailCall,
        Code::TailCallVararg,
        Code::ForIn,
        Code::Return0,
        Code::Return0Close,
        Code::Return1,
        Code::Return1Close,
        Code::ReturnMany,
        Code::ReturnManyVararg,
        Code::MetaReturned,
        Code::CoroutineReturned,
        Code::NativeReturned,
        Code::Halt,
        Code::Called,
    ] {
        table[code as usize] = load::cold::<S>;
    }
}

/// A form of memory access with its table of handlers.
pub(crate) trait Memory: Span {
    fn table(handlers: &Handlers) -> &Table<Self>;
}

impl Memory for Full {
    #[inline(always)]
    fn table(handlers: &Handlers) -> &Table<Full> {
        &handlers.full
    }
}

impl Memory for Masked {
    #[inline(always)]
    fn table(handlers: &Handlers) -> &Table<Masked> {
        handlers.masked
    }
}

/// The machine's registers inside a handler.
pub(crate) struct Regs<'c, S: Span> {
    pub ip: u32,
    pub base: Window<'c>,
    pub k: Window<'c>,
    pub core: Core<'c, S>,
    pub fuel: Fuel,
}

impl<'c, S: Memory> Regs<'c, S> {
    #[inline(always)]
    pub fn a(&self) -> u8 {
        self.core.get(self.ip, field::A)
    }

    #[inline(always)]
    pub fn b(&self) -> u8 {
        self.core.get(self.ip, field::B)
    }

    #[inline(always)]
    pub fn c(&self) -> u8 {
        self.core.get(self.ip, field::C)
    }

    #[inline(always)]
    pub fn reg(&self, i: u8) -> u64 {
        self.core.reg(self.base, i)
    }

    #[inline(always)]
    pub fn set(&mut self, i: u8, word: u64) {
        self.core.set_reg(self.base, i, word);
    }

    /// The tag of register `i`, or the upper half of its number.
    #[inline(always)]
    pub fn tag(&self, i: u8) -> u32 {
        self.core.reg_high(self.base, i)
    }

    /// The payload of register `i`.
    #[inline(always)]
    pub fn payload(&self, i: u8) -> u32 {
        self.core.reg(self.base, i)
    }

    /// The closure that runs.
    #[inline(always)]
    pub fn closure(&self) -> u32 {
        self.core.below::<u64>(self.base) as u32
    }

    /// End of the registers of the running function.
    #[inline(always)]
    pub fn frame_end(&self) -> u32 {
        let header = self.core.get(self.closure(), Closure::ENTRY);
        let size = u32::from(self.core.get(header, field::B));
        self.core.offset_of(self.base).wrapping_add(size * 8)
    }

    /// End of those that are alive before the instruction at `ip`: see `data::heights`.
    #[inline(always)]
    pub fn registers_end(&self, ip: u32) -> u32 {
        let code = self.core.get(self.closure(), Closure::ENTRY);
        // The header is before the first word.
        let pc = (ip.wrapping_sub(code) / SLOT).wrapping_sub(1);
        let count = u32::from(self.core.load::<u8>(heights::place(code, pc)));
        self.core.offset_of(self.base).wrapping_add(count * 8)
    }

    /// Puts the registers where the loop in `run` finds them.
    #[inline(always)]
    pub fn save(mut self) -> Core<'c, S> {
        let base = self.core.offset_of(self.base);
        let k = self.core.offset_of(self.k);
        self.core.set(AT, root::SAVED_IP, self.ip);
        self.core.set(AT, root::SAVED_BASE, base);
        self.core.set(AT, root::SAVED_K, k);
        self.fuel.sleep(&mut self.core, self.ip);
        self.core
    }
}

/// Defines a handler from its body, which changes the registers and ends in one of the macros below.
macro_rules! handler {
    ($(#[$doc:meta])* $name:ident $(<const $flag:ident: $ty:ty>)? ($r:ident) $body:block) => {
        $(#[$doc])*
        pub(in crate::exec) fn $name<'c, S: Memory $(, const $flag: $ty)?>(
            ip: bvm_cage::Wide,
            base: Window<'c>,
            k: Window<'c>,
            core: Core<'c, S>,
            fuel: crate::exec::fuel::Fuel,
        ) -> Core<'c, S> {
            #[allow(unused_mut)]
            let mut $r = Regs { ip: ip.get(), base, k, core, fuel };
            $body
        }
    };
}

/// Goes on in another handler for the same instruction.
macro_rules! become_ {
    ($r:ident, $handler:expr) => {{
        return $handler(bvm_cage::Wide::from($r.ip), $r.base, $r.k, $r.core, $r.fuel);
    }};
}

/// Goes on at `ip`.
#[cfg(not(debug_assertions))]
macro_rules! dispatch {
    ($r:ident) => {{
        let code = $r.core.get($r.ip, $crate::exec::code::field::CODE);
        $crate::exec::hot::become_!($r, S::table(&$r.core.host().handlers)[usize::from(code)])
    }};
}

/// Goes on at `ip`, by way of the loop in `run`: without optimisation a call would stay a call.
#[cfg(debug_assertions)]
macro_rules! dispatch {
    ($r:ident) => {{ $crate::exec::hot::become_!($r, $crate::exec::hot::load::go_on) }};
}

/// Calls the function whose header is at `$entry` in the way that its code says, with `ip` at the call.
macro_rules! call_by_header {
    ($r:ident, $entry:expr) => {{
        let code = $r.core.get($entry, $crate::exec::code::field::CODE);
        $crate::exec::hot::become_!($r, S::table(&$r.core.host().handlers)[usize::from(code)])
    }};
}

/// Goes on at the next slot.
macro_rules! next {
    ($r:ident) => {{
        $r.ip = $r.ip.wrapping_add(SLOT);
        dispatch!($r)
    }};
}

/// Leaves to the cold code, which executes the instruction in full.
macro_rules! leave {
    ($r:ident) => {{ $crate::exec::hot::become_!($r, $crate::exec::hot::load::cold) }};
}

/// Goes on at `ip` after a jump or in another function, if there is fuel left.
macro_rules! dispatch_checked {
    ($r:ident) => {{
        if $r.fuel.is_dry($r.ip) {
            $crate::exec::hot::become_!($r, $crate::exec::hot::load::dry)
        }
        dispatch!($r)
    }};
}

/// Goes on at `ip` after something that has been paid, if there is fuel left for the run. This is no place
/// to stop for an account that is used up.
macro_rules! dispatch_paid {
    ($r:ident) => {{
        if $r.fuel.is_dry($r.ip) {
            $crate::exec::hot::become_!($r, $crate::exec::hot::load::paid)
        }
        dispatch!($r)
    }};
}

pub(crate) use {
    become_, call_by_header, dispatch, dispatch_checked, dispatch_paid, handler, leave, next,
};

/// Signal in the root page: go on in the hot handlers.
const GO_ON: u32 = 0;
/// Fuel is used up, at a place where accounts are looked at.
const DRY: u32 = 1;
/// Fuel is used up at any other place.
const PAID: u32 = 3;
/// Leave the engine with the exit that the host data hold.
const OUT: u32 = 2;
/// The running native calls the function that its record names.
const CALLS: u32 = 4;

/// The instruction is done, and there is something for the collector to do behind it, or something to pay for.
const DUE: u32 = 5;

/// Runs the engine from the state in the root page until it has to be left.
pub(crate) fn run(entry: Entry<'_, Host>) -> Exit {
    match entry {
        Entry::Full(core) => run_in(core),
        Entry::Masked(core) => run_in(core),
    }
}

fn run_in<S: Memory>(core: Core<'_, S>) -> Exit {
    let ip = core.get(AT, root::SAVED_IP);
    let mut core = core;
    match stubs::is_stub(ip) && ip != stubs::CALLED || core.get(AT, root::HOOKED) != 0 {
        // A native, or what a return has led to: cold code knows what to do with each.
        true => core = cold_step(core),
        // At an instruction a run goes on as if it had not stopped.
        false => core.set(AT, root::SIGNAL, GO_ON),
    }
    loop {
        match core.get(AT, root::SIGNAL) {
            GO_ON => core = resume(core),
            DRY => core = fuel_ends(core, Place::Checkpoint),
            PAID => core = fuel_ends(core, Place::Elsewhere),
            _ => return core.host_mut().exit.take().unwrap_or(Exit::OutOfFuel),
        }
    }
}

/// Lets cold code work on the saved state, and leaves what that comes to.
#[inline(always)]
fn in_cold<'c, S: Memory>(
    mut core: Core<'c, S>,
    work: impl FnOnce(&mut Cpu<'_, '_>) -> Went,
) -> Core<'c, S> {
    let mut mem = core.masked();
    let mut cpu = Cpu::wake(&mut mem);
    let went = work(&mut cpu);
    cpu.sleep();
    signal(&mut core, went);
    core
}

/// Cold code for the saved state: the slot at `ip` and what follows from it.
#[inline(never)]
fn cold_step<S: Memory>(core: Core<'_, S>) -> Core<'_, S> {
    in_cold(core, |cpu| cpu.cold())
}

/// The collector's work behind an instruction, and what follows from it.
#[cold]
#[inline(never)]
fn collect_behind<S: Memory>(core: Core<'_, S>) -> Core<'_, S> {
    in_cold(core, |cpu| cpu.made())
}

/// What becomes of the run where fuel has ended.
#[cold]
#[inline(never)]
fn fuel_ends<S: Memory>(core: Core<'_, S>, place: Place) -> Core<'_, S> {
    in_cold(core, |cpu| match cpu.fuel_ends(place) {
        Some(exit) => Went::Out(exit),
        None if stubs::is_stub(cpu.ip) => cpu.cold(),
        None => Went::On,
    })
}

/// Leaves the signal of what cold code came to.
fn signal<S: Memory>(core: &mut Core<'_, S>, went: Went) {
    let signal = match went {
        Went::On => GO_ON,
        Went::Out(exit) => {
            core.host_mut().exit = Some(exit);
            OUT
        }
    };
    core.set(AT, root::SIGNAL, signal);
}

/// Goes on in the hot handlers with the saved state.
#[inline(always)]
fn resume<'c, S: Memory>(core: Core<'c, S>) -> Core<'c, S> {
    let ip = core.get(AT, root::SAVED_IP);
    let base = core.window(core.get(AT, root::SAVED_BASE));
    let k = core.window(core.get(AT, root::SAVED_K));
    let fuel = Fuel::wake(&core, ip);
    let code = core.get(ip, field::CODE);
    let first = S::table(&core.host().handlers)[usize::from(code)];
    first(Wide::from(ip), base, k, core, fuel)
}

/// Goes on after cold code, unless the engine is to be left; with debug assertions by way of the loop
/// in `run_in`.
macro_rules! go_on {
    ($core:expr) => {{
        let core = $core;
        if cfg!(debug_assertions) || core.get(AT, root::SIGNAL) != super::GO_ON {
            return core;
        }
        super::resume(core)
    }};
}
pub(crate) use go_on;
