//! What the rings of a guest have used and may use, as its host sees it. Must not know the engine.

use crate::builder::Builder;
use crate::guest::Guest;
use bvm_vm::Ring;

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
}

/// Limits of a ring, beside those of the whole guest. `None` leaves a limit as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RingLimits {
    /// Units of fuel from now on.
    pub fuel: Option<u64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
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
            })
        })
    }

    /// Limits what a ring may use from now on, in addition to the fuel of [`Guest::run`] and the memory of the
    /// guest. Code of the ring that has used its fuel up is stopped at the innermost place where a ring further
    /// inside has called it, which gets an error; the ring cannot catch it. When there is no such place the
    /// run ends with [`Exit::OutOfFuel`](crate::Exit::OutOfFuel), and goes on once the limit is raised.
    pub fn limit(&mut self, ring: Ring, limits: RingLimits) {
        self.with(|body| {
            body.vm.access(|cpu| {
                if let Some(fuel) = limits.fuel {
                    cpu.set_fuel_for(ring, Some(fuel));
                }
                if let Some(memory) = limits.memory {
                    cpu.set_memory_for(ring, Some(memory));
                }
            })
        });
    }
}
