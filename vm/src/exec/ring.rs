//! Changing rings: who runs with whose rights, which account pays, and what becomes of one that is used up.
//! Must not know natives.
//!
//! The engine's fuel is what the running slice and the paying account both have left: the smaller one. An
//! account without fuel is looked at where Lua functions are entered, where a program jumps back, and where
//! a native asks for fuel in advance; never elsewhere, so that it ends at the same instruction however the
//! run is sliced and whichever engine runs it.

use super::cpu::Cpu;
use super::fuel::Fuel;
use super::memory::sunk;
use super::stand::Stood;
use super::unwind::Thrown;
use crate::error::Raise;
use crate::exit::Exit;
use crate::heap::collect;
use crate::host::Mem;
use crate::objects::root::{self, AT};
use crate::objects::{Thread, account, frame};
use crate::ring::{Outer, Ring, Rings};
use crate::value::Value;

/// Where the account of a ring is.
#[inline]
pub(crate) fn account_of(ring: Ring) -> u32 {
    account_number(ring.number())
}

#[inline]
fn account_number(ring: u8) -> u32 {
    AT + u32::from(root::ACCOUNTS) + u32::from(ring) * account::SIZE
}

/// Where the account is that pays.
#[inline]
fn paying(mem: &Mem<'_>) -> u32 {
    account_number(Rings::payer_in(mem.get(AT, root::RINGS)))
}

/// Writes what has been used of `left`, the fuel of the engine, into the paying account; gives the fuel that
/// is left of the slice. Both are in eighths of a unit.
pub(crate) fn settle(mem: &mut Mem<'_>, left: i64) -> i64 {
    let used = mem.get(AT, root::LEASE).wrapping_sub(left);
    let slice = left.saturating_add(mem.get(AT, root::RESERVE));
    if used == 0 {
        return slice;
    }
    let at = paying(mem);
    let total = mem.get(at, account::USED).wrapping_add(used);
    mem.set(at, account::USED, total);
    let elapsed = mem.get(AT, root::ELAPSED).wrapping_add(used);
    mem.set(AT, root::ELAPSED, elapsed);
    let limit = mem.get(at, account::LEFT);
    if limit < account::NO_LIMIT {
        mem.set(at, account::LEFT, limit.saturating_sub(used));
    }
    mem.set(AT, root::LEASE, left);
    slice
}

/// What the engine may use of a slice before the paying account is used up. The rest is kept.
pub(crate) fn lease(mem: &mut Mem<'_>, slice: i64) -> i64 {
    let left = sunk(mem, slice.min(mem.get(paying(mem), account::LEFT)));
    mem.set(AT, root::RESERVE, slice.saturating_sub(left));
    mem.set(AT, root::LEASE, left);
    left
}

/// Brings the account that pays up to date; the engine may go on with what it has.
pub(crate) fn bring_up_to_date(mem: &mut Mem<'_>) {
    let left = mem.get(AT, root::FUEL);
    let slice = settle(mem, left);
    // What is kept back may cover what the account has got meanwhile.
    if slice != left || mem.get(AT, root::MEMORY_LENT) != 0 || collect::holds(mem) {
        let left = lease(mem, slice);
        mem.set(AT, root::FUEL, left);
    }
}

/// Where fuel has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Place {
    /// Where accounts are looked at.
    Checkpoint,
    /// In a native that cannot do anything more without fuel.
    Pause,
    /// Before what has found no memory, and begins again.
    Memory,
    /// Anywhere else: an account may be overdrawn until the next checkpoint.
    #[default]
    Elsewhere,
}

impl Cpu<'_, '_> {
    /// The rings of the running code.
    #[inline]
    pub fn rings(&self) -> Rings {
        Rings::unpack(self.mem.get(AT, root::RINGS))
    }

    /// The ring of the guest's own program.
    pub fn home(&self) -> Ring {
        Ring::new(self.mem.get(AT, root::HOME)).unwrap_or_default()
    }

    /// The ring whose rights the running code has.
    #[inline]
    pub fn ring(&self) -> Ring {
        self.rings().level
    }

    /// Whether code of the ring with this number may not be called without changing rings. Who pays is never
    /// further inside than the level.
    #[inline(always)]
    pub(crate) fn is_outside(&self, ring: u8) -> bool {
        ring > Rings::level_in(self.mem.get(AT, root::RINGS))
    }

    /// Refuses what only code of `most` or further inside may do.
    ///
    /// # Errors
    /// An error that names both rings.
    pub fn need_ring(&mut self, most: Ring, what: &str) -> Result<(), Raise> {
        let ring = self.ring();
        if ring <= most {
            return Ok(());
        }
        Err(self.fail(&format!("{what} is not allowed in {ring} (needs {most})")))
    }

    /// Makes the account that pays another one, or changes rights.
    pub(crate) fn set_rings(&mut self, rings: Rings) {
        if self.mem.get(AT, root::RINGS) == rings.pack() {
            return;
        }
        let old = self.rings();
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::RINGS, rings.pack());
        if old.payer == rings.payer {
            self.mem.set(AT, root::RINGS, rings.pack());
        } else {
            let slice = settle(self.mem, self.fuel.left(self.ip));
            self.mem.set(AT, root::RINGS, rings.pack());
            crate::heap::owner::changed(self.mem, old.payer, rings.payer);
            if rings.payer > old.payer {
                self.refill(rings.payer);
            }
            self.lease(slice);
        }
        self.mem.set(AT, root::PLAIN_CODES, rings.plain_codes());
        if old.level != rings.level {
            self.choose_handlers();
        }
    }

    fn lease(&mut self, slice: i64) {
        let left = lease(self.mem, slice);
        self.fuel = Fuel::with(left, self.ip);
    }

    /// Whether the account that pays has so many units, however many the slice has.
    pub fn can_pay(&self, units: u64) -> bool {
        let used = self
            .mem
            .get(AT, root::LEASE)
            .wrapping_sub(self.fuel.left(self.ip));
        let left = self
            .mem
            .get(paying(self.mem), account::LEFT)
            .wrapping_sub(used);
        left.max(0) as u64 / 8 >= units
    }

    /// The guest's time, times eight: it goes by as fuel is used, in whatever ring.
    pub(crate) fn elapsed(&self) -> i64 {
        let lease = self.mem.get(AT, root::LEASE);
        let used = lease.wrapping_sub(self.fuel.left(self.ip));
        self.mem.get(AT, root::ELAPSED).wrapping_add(used)
    }

    /// Brings the accounts up to date, and the engine's fuel to what they have; gives what is left of the slice.
    pub(crate) fn balance(&mut self) -> i64 {
        let slice = settle(self.mem, self.fuel.left(self.ip));
        self.lease(slice);
        slice
    }

    /// The running thread's place to go back to.
    fn outer(&self, limits: bool) -> Outer {
        let thread = self.mem.get(AT, root::THREAD);
        Outer {
            rings: self.rings(),
            limits,
            scoped: self.mem.get(thread, Thread::SCOPED) != 0,
            strange: false,
            deepens: false,
        }
    }

    /// The Lua function whose record was pushed last runs in other rings than its caller.
    pub(crate) fn cross(&mut self, rings: Rings) {
        self.note_outer(false);
        self.set_rings(rings);
    }

    /// Changes rings for the function that the running native calls next; when that is over they are restored.
    /// With `limits` the account is what the call may use, and the native is where it ends when that
    /// is used up.
    pub fn change_rings(&mut self, rings: Rings, limits: bool) {
        self.note_outer(limits);
        if limits {
            let thread = self.mem.get(AT, root::THREAD);
            self.mem.set(thread, Thread::SCOPED, 1);
        }
        self.set_rings(rings);
    }

    /// Changes rings for the function that the running native, a gate of `maker`, calls next, if that leads inwards, and lets it
    /// go as deep as its maker may. The value is what the end of the call needs to know: the native has to put it into the
    /// first slot of its window.
    ///
    /// # Errors
    /// The gate could not count on what is left of the limits of the machine.
    pub fn enter_gate(&mut self, maker: Ring) -> Result<Value, Raise> {
        let own = self.rings();
        let level = maker.min(own.level);
        if level == own.level {
            self.change_rings(own, false);
            return Ok(Value::NIL);
        }
        let before = self.begin_gates_depth(maker)?;
        self.note_outer(false);
        // The record may have been noted before, for what the gate has replaced.
        let fp = self.fp();
        let outer = Outer {
            deepens: true,
            ..Outer::unpack(self.mem.get(fp, frame::OUTER))
        };
        self.mem.set(fp, frame::OUTER, outer.pack());
        self.set_rings(Rings { level, ..own });
        Ok(Value::number(f64::from(before)))
    }

    /// What the record of a finalizer keeps that is to run in these rings, which are set now. Until it is left, nobody
    /// yields past it.
    pub(super) fn enter_finalizer(&mut self, rings: Rings) -> u16 {
        let mut outer = self.outer(false);
        outer.strange = rings != outer.rings;
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::SCOPED, crate::callout::SCOPED);
        self.set_rings(rings);
        outer.pack()
    }

    /// The opposite, when there is no such record. Tells whether the finalizer would have been a strange one.
    pub(super) fn leave_finalizer(&mut self, outer: u16) -> bool {
        let outer = Outer::unpack(outer);
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::SCOPED, u8::from(outer.scoped));
        self.set_rings(outer.rings);
        outer.strange
    }

    /// Whether the activation at `fp` is a finalizer that runs in other rings than what it has interrupted, which its
    /// errors are no business of.
    pub(super) fn is_strange_finalizer(&self, fp: u32) -> bool {
        const BOTH: u8 = frame::FLAG_FINALIZER | frame::FLAG_RING;
        self.mem.get(fp, frame::FLAGS) & BOTH == BOTH
            && Outer::unpack(self.mem.get(fp, frame::OUTER)).strange
    }

    fn note_outer(&mut self, limits: bool) {
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS);
        // A function that has replaced another one goes back to where that one came from.
        if flags & frame::FLAG_RING == 0 {
            self.mem.set(fp, frame::FLAGS, flags | frame::FLAG_RING);
            let outer = self.outer(limits).pack();
            self.mem.set(fp, frame::OUTER, outer);
        }
    }

    /// Restores the rings that the record at `fp` keeps.
    #[cold]
    pub(crate) fn restore_rings(&mut self, fp: u32) {
        let outer = Outer::unpack(self.mem.get(fp, frame::OUTER));
        let thread = self.mem.get(AT, root::THREAD);
        self.mem.set(thread, Thread::SCOPED, u8::from(outer.scoped));
        if outer.limits {
            self.end_limits(self.base_of(fp));
        }
        if outer.deepens {
            let before = Value(self.mem.load(self.base_of(fp))).as_number();
            self.set_most_records(before.map_or(0, |count| count as u32));
        }
        self.set_rings(outer.rings);
        if outer.deepens {
            self.meet_debt();
        }
    }

    /// Restores the rings of the running native, for which what it has called is over.
    pub(crate) fn back_in_native(&mut self) {
        let fp = self.fp();
        let flags = self.mem.get(fp, frame::FLAGS);
        // A native that is a finalizer has its own rings until it is left.
        if flags & (frame::FLAG_RING | frame::FLAG_FINALIZER) == frame::FLAG_RING {
            self.restore_rings(fp);
            self.mem.set(fp, frame::FLAGS, flags & !frame::FLAG_RING);
        }
    }

    /// Fuel ends at `ip`, or looks as if it did. Tells whether the engine has to be left; if not, the guest goes on, perhaps
    /// elsewhere.
    #[cold]
    pub(crate) fn fuel_ends(&mut self, place: Place) -> Option<Exit> {
        let was_sunk = self.is_sunk() || collect::holds(self.mem);
        self.mem.host_mut().standing.stood_at = Place::default();
        crate::heap::forget_fresh(self.mem);
        let mut place = place;
        loop {
            self.balance();
            while self.is_overdrawn(place) {
                // Whoever is next has not asked for more.
                place = Place::Checkpoint;
                if let Some(exit) = self.stop_overdrawn() {
                    return Some(exit);
                }
                self.balance();
            }
            match self.stand(place) {
                Stood::Over => break,
                Stood::Enough => return Some(Exit::Collecting),
                Stood::Dry => return Some(Exit::OutOfFuel),
                Stood::Overdrawn => {}
            }
        }
        if was_sunk
            && place != Place::Elsewhere
            && let Some(exit) = self.meet_full_memory()
        {
            self.mem.host_mut().standing.stood_at = place;
            return exit;
        }
        // A native that has paused would only pause again, unless it was for memory or the collector.
        let is_dry = self.balance() < 0 || place == Place::Pause && !was_sunk;
        is_dry.then_some(Exit::OutOfFuel)
    }

    /// The account that pays is used up: its owner is stopped, or whoever made the gate pays for the rest of its call. The
    /// exit, if the engine has to be left for that.
    fn stop_overdrawn(&mut self) -> Option<Exit> {
        let rings = self.rings();
        if rings.is_in_gate() {
            // A gate is never left half-way.
            self.set_rings(Rings::of(rings.level));
            return None;
        }
        let text = format!("fuel exhausted ({})", rings.payer);
        match self.stop_owner(&text) {
            None => {
                self.mem.set(AT, root::OVERDRAWN, 1);
                Some(Exit::OutOfFuel)
            }
            Some(Thrown::Out(exit)) => Some(exit),
            Some(Thrown::Caught) => None,
        }
    }

    /// Whether the paying account is used up and its owner is to be stopped here.
    pub(super) fn is_overdrawn(&self, place: Place) -> bool {
        let left = self.mem.get(account_of(self.rings().payer), account::LEFT);
        match place {
            Place::Checkpoint => left < 0,
            // Whatever is left is less than a unit.
            Place::Pause => left < 8,
            Place::Elsewhere | Place::Memory => false,
        }
    }

    /// Grants the account of `ring` at most `fuel` units and `memory` bytes more, and the running thread `depth`
    /// activations, for the call that the running native makes after [`Cpu::change_rings`]. The values are what the end of that call needs to know: the native
    /// has to put them into the first slots of its window.
    pub fn limit(
        &mut self,
        ring: Ring,
        fuel: Option<u64>,
        memory: Option<u64>,
        depth: Option<u32>,
    ) -> [Value; 5] {
        self.balance();
        self.refill(ring);
        let at = account_of(ring);
        let nested = self.mem.get(at, account::NESTED).saturating_add(1);
        self.nest(at, nested);
        let before = self.mem.get(at, account::LEFT);
        let granted = match fuel {
            Some(units) => (units.min(MOST_UNITS) as i64 * 8).min(before),
            None => before,
        };
        self.mem.set(at, account::LEFT, granted);
        self.balance();
        [
            Value::number(f64::from(ring.number())),
            in_account(before),
            in_account(granted),
            Value::number(f64::from(self.limit_memory(ring, memory))),
            Value::number(f64::from(self.limit_depth(depth))),
        ]
    }

    /// Notes how many calls with limits the account at `at` is inside of. The first of them begins, and the last one ends,
    /// without debts.
    fn nest(&mut self, at: u32, calls: u32) {
        let before = self.mem.get(at, account::NESTED);
        self.mem.set(at, account::NESTED, calls);
        if before == 0 || calls == 0 {
            self.mem.set(at, account::OWED, 0);
        }
    }

    /// Ends the limits of the native whose window is at `base`: what was used is taken off what there was before.
    fn end_limits(&mut self, base: u32) {
        let [ring, before, granted, memory, records] = [0, 1, 2, 3, 4]
            .map(|i: u32| Value(self.mem.load(base.wrapping_add(i * 8))).as_number());
        let Some(ring) = ring.and_then(|n| Ring::new(n as u8)) else {
            return;
        };
        let slice = settle(self.mem, self.fuel.left(self.ip));
        let at = account_of(ring);
        let left = match (before, granted) {
            (None, _) => account::NO_LIMIT,
            (Some(before), granted) => {
                let used = granted.map_or(0, |n| n as i64) - self.mem.get(at, account::LEFT);
                (before as i64).saturating_sub(used)
            }
        };
        self.mem.set(at, account::LEFT, left);
        let nested = self.mem.get(at, account::NESTED).saturating_sub(1);
        self.nest(at, nested);
        self.lease(slice);
        if let Some(most) = memory {
            self.mem.set(at, account::MAX_BLOCKS, most as u32);
        }
        if let Some(count) = records {
            self.set_most_records(count as u32);
        }
    }

    /// The ring that code of another ring was called from last: the caller of the innermost gate, or of a
    /// function further out. The running one when there is none in this thread.
    pub fn caller_ring(&self) -> Ring {
        let bottom = self.first_record();
        let mut fp = self.fp();
        while fp >= bottom {
            if self.mem.get(fp, frame::FLAGS) & frame::FLAG_RING != 0 {
                return Outer::unpack(self.mem.get(fp, frame::OUTER)).rings.level;
            }
            fp = fp.wrapping_sub(frame::SIZE);
        }
        self.ring()
    }

    /// Fuel that a ring has used, in units.
    pub fn fuel_used(&mut self, ring: Ring) -> u64 {
        self.balance();
        self.mem.get(account_of(ring), account::USED).max(0) as u64 / 8
    }

    /// Fuel that a ring may still use; `None` when it is not limited. Below nothing is nothing.
    pub fn fuel_left_for(&mut self, ring: Ring) -> Option<u64> {
        self.balance();
        match self.mem.get(account_of(ring), account::LEFT) {
            account::NO_LIMIT.. => None,
            left => Some(left.max(0) as u64 / 8),
        }
    }

    /// Limits what a ring may use from now on.
    pub fn set_fuel_for(&mut self, ring: Ring, fuel: Option<u64>) {
        self.balance();
        let left = fuel.map_or(account::NO_LIMIT, |units| units.min(MOST_UNITS) as i64 * 8);
        self.mem.set(account_of(ring), account::LEFT, left);
        self.balance();
    }
}

/// More than that is not to be had in years, and doubles hold it exactly in eighths.
pub(super) const MOST_UNITS: u64 = 1 << 49;

/// Fuel of an account as a value; nil is no limit.
fn in_account(left: i64) -> Value {
    match left {
        account::NO_LIMIT.. => Value::NIL,
        left => Value::number(left as f64),
    }
}
