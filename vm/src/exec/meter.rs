//! What rings are counted for besides fuel and memory: hypercalls, bytes of output, bytes of messages. And time as
//! the guest knows it, with the fuel that comes back to a ring as it goes by. Must not stop anybody.

use super::cpu::Cpu;
use super::ring::{MOST_UNITS, account_of};
use crate::exit::{HostError, Request, Word};
use crate::objects::account;
use crate::objects::root::{self, AT};
use crate::ring::Ring;
use bvm_cage::Field;
use bvm_isa::hypercall::Hypercall;

/// What is counted for a ring when it asks its host for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meter {
    /// How many hypercalls it has asked for.
    Hypercalls,
    /// Bytes that it has written, to whatever stream.
    Output,
    /// Bytes that it has sent to other guests, or started them with.
    Messages,
}

impl Meter {
    /// All of them, in the order in which accounts have them.
    pub const ALL: [Meter; 3] = [Meter::Hypercalls, Meter::Output, Meter::Messages];

    /// The name, as programs and messages write it.
    pub const fn name(self) -> &'static str {
        match self {
            Meter::Hypercalls => "hypercalls",
            Meter::Output => "output",
            Meter::Messages => "messages",
        }
    }

    const fn used(self) -> Field<u64> {
        Field::at(account::COUNTERS + 16 * self as u16)
    }

    pub(crate) const fn left(self) -> Field<u64> {
        Field::at(account::COUNTERS + 16 * self as u16 + 8)
    }

    /// How much of it a request is.
    fn of(self, request: &Request) -> u64 {
        let length = |i: usize| match request.args.get(i) {
            Some(Word::Bytes(bytes)) => bytes.len() as u64,
            _ => 0,
        };
        match (self, request.call) {
            (Meter::Hypercalls, _) => 1,
            (Meter::Output, Hypercall::Write) | (Meter::Messages, Hypercall::Send) => length(1),
            (Meter::Messages, Hypercall::Spawn) => length(0).saturating_add(length(2)),
            _ => 0,
        }
    }
}

/// Fuel that comes back to a ring: `amount` units after each `every` units of the guest's time, until it has `most`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Refill {
    /// Length of a period. Time goes by as the guest uses fuel, in whatever ring; 0 is no refill.
    pub every: u64,
    /// Units that each period brings.
    pub amount: u64,
    /// Units beyond which nothing is added.
    pub most: u64,
}

impl Cpu<'_, '_> {
    /// How much of something a ring has had.
    pub fn counted(&self, ring: Ring, meter: Meter) -> u64 {
        self.mem.get(account_of(ring), meter.used())
    }

    /// How much of something a ring may still have; `None` when it is not limited.
    pub fn count_left(&self, ring: Ring, meter: Meter) -> Option<u64> {
        match self.mem.get(account_of(ring), meter.left()) {
            account::NO_COUNT => None,
            left => Some(left),
        }
    }

    /// Limits how much of something a ring may have from now on.
    pub fn set_count_left(&mut self, ring: Ring, meter: Meter, left: Option<u64>) {
        let left = left.unwrap_or(account::NO_COUNT);
        self.mem.set(account_of(ring), meter.left(), left);
    }

    /// Counts a request for the ring that pays. What the caller of a gate has no more of, the gate's own ring
    /// has to have.
    ///
    /// # Errors
    /// The fault that the guest gets when neither may ask for that any more: [`HostError::LIMITED`].
    pub(crate) fn count_request(&mut self, request: &Request) -> Result<(), HostError> {
        let rings = self.rings();
        let scarce = |ring| {
            let is_scarce = |meter: &Meter| {
                let left = self.count_left(ring, *meter);
                left.is_some_and(|left| left < meter.of(request))
            };
            Meter::ALL.into_iter().find(is_scarce)
        };
        let payer = match scarce(rings.payer) {
            None => rings.payer,
            Some(_) => rings.level,
        };
        if let Some(meter) = scarce(payer) {
            let (call, meter) = (request.call.name(), meter.name());
            return Err(HostError {
                message: format!("hypercall '{call}' is beyond what {payer} may have of {meter}"),
                code: HostError::LIMITED,
            });
        }
        let at = account_of(payer);
        for meter in Meter::ALL {
            let amount = meter.of(request);
            let used = self.mem.get(at, meter.used()).saturating_add(amount);
            self.mem.set(at, meter.used(), used);
            if let Some(left) = self.count_left(payer, meter) {
                self.mem.set(at, meter.left(), left.saturating_sub(amount));
            }
        }
        Ok(())
    }

    /// The guest's own time: the units of fuel that it has used since it was made, and those that it was restored or
    /// forked from. Nothing takes it back.
    pub fn time(&mut self) -> u64 {
        self.balance();
        self.mem.get(AT, root::ELAPSED).max(0) as u64 / 8
    }

    /// The guest's own time in seconds, if its clock goes by it: see [`Cpu::set_own_clock`].
    pub fn own_clock(&mut self) -> Option<f64> {
        match self.mem.get(AT, root::CLOCK_RATE) {
            0 => None,
            rate => Some(self.time() as f64 / rate as f64),
        }
    }

    /// Makes the clock of the guest go by its own time, `rate` units a second, so that it tells the same in every
    /// run; 0 is the host's clock.
    pub fn set_own_clock(&mut self, rate: u64) {
        self.mem.set(AT, root::CLOCK_RATE, rate);
    }

    /// Lets fuel come back to a ring from now on, or no more. It begins with all that it may have.
    pub fn set_refill(&mut self, ring: Ring, refill: Option<Refill>) {
        let now = self.time();
        let at = account_of(ring);
        let none = Refill {
            every: 0,
            amount: 0,
            most: 0,
        };
        let Refill {
            every,
            amount,
            most,
        } = refill.unwrap_or(none);
        self.mem.set(at, account::REFILL_EVERY, every);
        self.mem
            .set(at, account::REFILL_AMOUNT, amount.min(MOST_UNITS));
        self.mem.set(at, account::REFILL_MOST, most.min(MOST_UNITS));
        self.mem.set(at, account::REFILLED, now);
        if refill.is_some() {
            self.set_fuel_for(ring, Some(most));
        }
    }

    /// How fuel comes back to a ring.
    pub fn refill_of(&self, ring: Ring) -> Option<Refill> {
        let at = account_of(ring);
        let every = self.mem.get(at, account::REFILL_EVERY);
        (every != 0).then(|| Refill {
            every,
            amount: self.mem.get(at, account::REFILL_AMOUNT),
            most: self.mem.get(at, account::REFILL_MOST),
        })
    }

    /// A ring begins to pay: it gets what the time that has gone by brings. Not inside of a call that has a limit of
    /// its own, which would grow by it. The accounts are settled, and leased anew afterwards.
    pub(super) fn refill(&mut self, ring: Ring) {
        let at = account_of(ring);
        let Some(refill) = self.refill_of(ring) else {
            return;
        };
        if self.mem.get(at, account::NESTED) != 0 {
            return;
        }
        let now = self.mem.get(AT, root::ELAPSED).max(0) as u64 / 8;
        let then = self.mem.get(at, account::REFILLED);
        let periods = now.saturating_sub(then) / refill.every;
        let then = then.saturating_add(periods * refill.every);
        self.mem.set(at, account::REFILLED, then);
        let left = self.mem.get(at, account::LEFT);
        let most = (refill.most.min(MOST_UNITS) * 8) as i64;
        let brought = periods.saturating_mul(refill.amount).min(MOST_UNITS) * 8;
        let filled = left.saturating_add(brought as i64).min(most);
        self.mem.set(at, account::LEFT, left.max(filled));
    }
}
