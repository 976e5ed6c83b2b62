//! What the rings of a guest have used and may use, as its host sees it. Must not know the engine.

use crate::builder::Builder;
use crate::guest::Guest;
use bvm_vm::exec::meter::{Meter, Refill};
use bvm_vm::{Cpu, Ring};
use serde::{Deserialize, Serialize};

/// What a ring of a guest has used, and what it may still use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Account {
    /// Units of fuel used since the guest was made.
    pub fuel: u64,
    /// Units of fuel that the ring may still use; `None` when it has no limit of its own.
    pub fuel_left: Option<u64>,
    /// Bytes of memory that the ring has, in blocks of 32 KiB.
    pub memory: u64,
    /// The most bytes that it has had.
    pub memory_peak: u64,
    /// The most bytes that it may have; `None` when it has no limit of its own.
    pub memory_limit: Option<u64>,
    /// The most activations that a call into it may have; `None` when only the machine limits that.
    pub depth_limit: Option<u32>,
    /// Hypercalls that it has asked for, and that were granted.
    pub hypercalls: Counted,
    /// Bytes that it has written, to whatever stream.
    pub output: Counted,
    /// Bytes of messages to other guests.
    pub messages: Counted,
    /// How fuel comes back to it, if it does.
    pub refill: Option<Refill>,
}

/// How much of something a ring has had, and how much it may still have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counted {
    /// What it has had since the guest was made.
    pub used: u64,
    /// What it may still have; `None` when it has no limit.
    pub left: Option<u64>,
}

/// Limits of a ring, beside those of the whole guest. `None` leaves a limit as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RingLimits {
    /// Units of fuel from now on.
    pub fuel: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Activations that a call into the ring, by you or by `ring.run`, may have: at least 1. Beyond, it gets the error
    /// `stack overflow`. A call that is under way keeps what it had.
    pub depth: Option<u32>,
    /// Hypercalls from now on. Beyond a limit of these three a hypercall is refused with a fault, and the host is
    /// not asked.
    pub hypercalls: Option<u64>,
    /// Bytes of output from now on, to whatever stream.
    pub output: Option<u64>,
    /// Bytes of messages from now on.
    pub messages: Option<u64>,
    /// Fuel that comes back as the guest's time goes by; the ring begins with the most that it may have. A period
    /// of 0 ends that.
    pub refill: Option<Refill>,
}

impl Builder {
    /// The ring in which the guest's program runs: [`Ring::Application`] by default. In [`Ring::Plugin`] it gets the
    /// globals of plugins, without files, modules and `debug`.
    ///
    /// ```
    /// use bvm::{Guest, Ring};
    /// let mut guest = Guest::builder().ring(Ring::Plugin).build()?;
    /// assert!(guest.eval::<bool>("return io == nil and string ~= nil", 1_000)?);
    /// assert!(guest.eval::<()>("string.upper = nil", 1_000).is_err());
    /// # Ok::<(), bvm::Error>(())
    /// ```
    #[must_use]
    pub fn ring(mut self, ring: Ring) -> Builder {
        self.ring = ring;
        self
    }
}

impl Guest {
    /// The account of a ring.
    ///
    /// ```
    /// use bvm::{Guest, Ring};
    /// let mut guest = Guest::new()?;
    /// guest.eval::<()>("ring.run(3, 'while true do end', { fuel = 5000 })", 100_000)?;
    /// assert!(guest.account(Ring::Plugin).fuel >= 5000);
    /// assert!(guest.account(Ring::Application).fuel < 1000);
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn account(&mut self, ring: Ring) -> Account {
        self.with(|body| {
            body.vm.access(|cpu| Account {
                fuel: cpu.fuel_used(ring),
                fuel_left: cpu.fuel_left_for(ring),
                memory: cpu.memory_of(ring),
                memory_peak: cpu.memory_peak_of(ring),
                memory_limit: cpu.memory_limit_of(ring),
                depth_limit: cpu.depth_limit_of(ring),
                hypercalls: counted(cpu, ring, Meter::Hypercalls),
                output: counted(cpu, ring, Meter::Output),
                messages: counted(cpu, ring, Meter::Messages),
                refill: cpu.refill_of(ring),
            })
        })
    }

    /// The guest's own time: units of fuel that it has used, in all rings, since it was made, and those that it was
    /// restored or forked from. It stands still while the guest does not run.
    pub fn time(&mut self) -> u64 {
        self.with(|body| body.time())
    }
}

fn counted(cpu: &Cpu<'_, '_>, ring: Ring, meter: Meter) -> Counted {
    Counted {
        used: cpu.counted(ring, meter),
        left: cpu.count_left(ring, meter),
    }
}

/// Limits a ring.
pub(crate) fn set_limits(cpu: &mut Cpu<'_, '_>, ring: Ring, limits: RingLimits) {
    if let Some(refill) = limits.refill {
        cpu.set_refill(ring, Some(refill).filter(|refill| refill.every != 0));
    }
    if limits.fuel.is_some() {
        cpu.set_fuel_for(ring, limits.fuel);
    }
    if limits.memory.is_some() {
        cpu.set_memory_for(ring, limits.memory);
    }
    if limits.depth.is_some() {
        cpu.set_depth_for(ring, limits.depth);
    }
    let counts = [
        (Meter::Hypercalls, limits.hypercalls),
        (Meter::Output, limits.output),
        (Meter::Messages, limits.messages),
    ];
    for (meter, left) in counts {
        if left.is_some() {
            cpu.set_count_left(ring, meter, left);
        }
    }
}
