//! Stopping a guest at lines and after steps, for debuggers. Must not know how the machine does it.

use crate::guest::Guest;
use bvm_vm::exec::stops::{Spot, Step};

impl Guest {
    /// Stops the guest with [`Exit::Breakpoint`](crate::Exit::Breakpoint) before each instruction that begins this
    /// line, from 1, of the chunk that was loaded with this name. [`Guest::run`] goes on.
    ///
    /// The guest cannot see it: neither fuel nor output nor what a snapshot holds depends on it, and snapshots do
    /// not keep it. A guest in which lines or steps are set takes several times as long; others pay nothing.
    ///
    /// ```
    /// use bvm::{Exit, Guest, Step, Value};
    /// let mut guest = Guest::new()?;
    /// let main = guest.load("for i = 1, 2 do\n  last = i\nend\nreturn last", "=loop")?;
    /// guest.break_at("=loop", 2);
    /// guest.start(&main, &[])?;
    /// for i in 0..2 {
    ///     let Exit::Breakpoint(spot) = guest.run(1_000) else { panic!("no stop") };
    ///     assert_eq!((spot.source.as_slice(), spot.line), (&b"=loop"[..], 2));
    ///     let expected = if i == 0 { Value::Nil } else { Value::Number(1.0) };
    ///     assert_eq!(guest.global("last")?, expected);
    /// }
    /// guest.step(Step::Line);
    /// assert!(matches!(guest.run(0), Exit::Breakpoint(spot) if spot.line == 1));
    /// assert_eq!(guest.run(0), Exit::Done(vec![Value::Number(2.0)]));
    /// # Ok::<(), bvm::Error>(())
    /// ```
    pub fn break_at(&mut self, chunk: &str, line: u32) {
        self.with(|body| body.vm.break_at(chunk.as_bytes(), line));
    }

    /// Takes what [`Guest::break_at`] has set back; tells whether it was set.
    pub fn unbreak(&mut self, chunk: &str, line: u32) -> bool {
        self.with(|body| body.vm.unbreak(chunk.as_bytes(), line))
    }

    /// Lets the next runs stop after a step from where the guest stands, or earlier, for another reason.
    pub fn step(&mut self, step: Step) {
        self.with(|body| body.vm.set_step(Some(step)));
    }

    /// Where the guest stands: `None` inside of a library function, and when there is no call.
    pub fn spot(&mut self) -> Option<Spot> {
        self.with(|body| body.vm.access(|cpu| cpu.spot()))
    }
}
